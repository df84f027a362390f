import threading

import pytest

from studio.services.turns import Turns
from tests.fakes.measuring import wait_until


def test_pieces_are_taken_in_order_and_leftovers_once() -> None:
    done: list[str] = []
    turns = Turns("tests", done.append)
    turns.put("c")
    turns.open(lambda: ["a", "b"])
    turns.open(lambda: ["never"])
    wait_until(lambda: len(done) == 3)
    turns.close()
    assert done == ["c", "a", "b"]


def test_a_defect_is_logged_and_the_next_piece_gets_its_turn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done: list[str] = []

    def work(id: str) -> None:
        if id == "bad":
            raise RuntimeError("a defect")
        done.append(id)

    turns = Turns("tests", work)
    turns.put("bad")
    turns.put("good")
    turns.open(list)
    wait_until(lambda: done == ["good"])
    turns.close()
    assert "a defect" in caplog.text


def test_it_looks_around_while_nothing_waits() -> None:
    looked = threading.Event()
    turns = Turns("tests", lambda id: None, look=looked.set, period=0.01)
    turns.open(list)
    assert looked.wait(10)
    turns.close()


def test_closing_says_so_to_the_work_in_progress() -> None:
    began, ended = threading.Event(), threading.Event()

    def work(id: str) -> None:
        began.set()
        wait_until(turns.closing)
        ended.set()

    turns = Turns("tests", work)
    turns.put("a")
    turns.put("b")
    turns.open(list)
    assert began.wait(10)
    turns.close()
    assert ended.is_set()
