"""Whoever waits for the writer is told, whatever happens to a batch."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from studio.domain.errors import BackendUnavailable, StudioError
from studio.domain.feedback import Counted
from studio.services import feedback_writer
from studio.services.feedback_writer import FeedbackWriter, Outcome
from studio.store.feedback import Offered
from tests.unit.store import samples


def offered() -> Offered:
    return Offered(samples.feedback("inference_1"))


def kept(batch: Sequence[Offered]) -> list[Outcome]:
    return [(one.feedback, Counted(sentence="Kept.")) for one in batch]


def test_a_defect_is_told_and_the_next_get_in(caplog: pytest.LogCaptureFixture) -> None:
    broken = [True]

    def keep(batch: Sequence[Offered]) -> list[Outcome]:
        if broken.pop():
            raise ZeroDivisionError
        return kept(batch)

    writer = FeedbackWriter(keep)
    with pytest.raises(StudioError, match="unforeseen ZeroDivisionError"):
        writer.add(offered())
    assert "met a defect" in caplog.text
    broken.append(False)
    one = offered()
    assert writer.add(one)[0] == one.feedback
    writer.close()


async def test_who_left_is_passed_over_and_what_he_said_is_kept() -> None:
    goes_on, begun = threading.Event(), threading.Event()
    written: list[Offered] = []

    def keep(batch: Sequence[Offered]) -> list[Outcome]:
        begun.set()
        assert goes_on.wait(10)
        written.extend(batch)
        return kept(batch)

    writer = FeedbackWriter(keep)
    left = asyncio.create_task(writer.add_async(offered()))
    await asyncio.to_thread(begun.wait, 10)
    stays = asyncio.create_task(writer.add_async(offered()))
    left.cancel()
    with pytest.raises(asyncio.CancelledError):
        await left
    goes_on.set()
    await stays
    assert len(written) == 2
    await asyncio.to_thread(writer.close)


async def test_more_than_can_wait_are_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback_writer, "WAITING", 1)
    goes_on, begun = threading.Event(), threading.Event()

    def keep(batch: Sequence[Offered]) -> list[Outcome]:
        begun.set()
        assert goes_on.wait(10)
        return kept(batch)

    writer = FeedbackWriter(keep)
    first = asyncio.create_task(writer.add_async(offered()))
    await asyncio.to_thread(begun.wait, 10)
    second = asyncio.create_task(writer.add_async(offered()))
    await asyncio.sleep(0)
    with pytest.raises(BackendUnavailable, match="More feedback arrives"):
        await writer.add_async(offered())
    goes_on.set()
    await asyncio.gather(first, second)
    await asyncio.to_thread(writer.close)
