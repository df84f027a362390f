"""A crew does everything once, stops when called off, and the last to leave cleans up."""

from __future__ import annotations

import threading

import pytest

from backends.openai_api.crew import Crew
from studio.domain.errors import BackendUnavailable, Conflict


def never() -> bool:
    return False


def test_every_piece_is_done_once_and_the_last_cleans_up() -> None:
    done, left = [], threading.Event()

    def work(at: int) -> str:
        done.append(at)
        return f"piece {at}"

    crew = Crew(work, 50, threading.Event(), left.set)
    assert sorted(crew.results(8, never)) == sorted((at, f"piece {at}") for at in range(50))
    assert sorted(done) == list(range(50))
    assert left.wait(10)


def test_nothing_to_do_cleans_up_too() -> None:
    left = threading.Event()
    assert list(Crew(str, 0, threading.Event(), left.set).results(8, never)) == []
    assert left.is_set()


def test_the_first_trouble_is_raised_and_the_rest_is_left() -> None:
    called_off, left, begun = threading.Event(), threading.Event(), []

    def work(at: int) -> str:
        begun.append(at)
        if len(begun) > 1:
            called_off.wait(10)
            return "late"
        raise BackendUnavailable("No.")

    with pytest.raises(BackendUnavailable):
        list(Crew(work, 500, called_off, left.set).results(2, never))
    assert left.wait(10)
    assert len(begun) <= 3


def test_a_caller_who_leaves_does_not_wait_for_work_that_hangs() -> None:
    begun, let_go, left = threading.Event(), threading.Event(), threading.Event()

    def work(at: int) -> str:
        begun.set()
        let_go.wait(10)
        return "late"

    with pytest.raises(Conflict):
        list(Crew(work, 1, threading.Event(), left.set).results(1, begun.is_set))
    assert not left.is_set()
    let_go.set()
    assert left.wait(10)
