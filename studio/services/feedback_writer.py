"""FeedbackWriter: one thread that keeps what many people say at once, a batch at a time."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import NamedTuple

from studio.domain.errors import BackendUnavailable, StorageFailed, StudioError
from studio.domain.feedback import Counted, Feedback
from studio.store.feedback import Offered

MOST = 512
"""Pieces of feedback in one batch."""
WAITING = 10_000
"""Pieces that may wait; whoever comes then is asked to come again."""

Said = tuple[Feedback, Counted]
Outcome = Said | StudioError
log = logging.getLogger(__name__)


class Ticket(NamedTuple):
    """A piece of feedback and who waits for it to be kept."""

    offered: Offered
    waiter: Future[Said] | asyncio.Future[Said]
    loop: asyncio.AbstractEventLoop | None
    """Where the one who waits lives; None for a thread."""


class FeedbackWriter:
    """Acknowledges feedback once the batch that holds it is on disk.

    While a batch is being written the next one gathers, so that the disk is synced once for all
    who came meanwhile.
    """

    def __init__(self, keep: Callable[[Sequence[Offered]], Sequence[Outcome]]) -> None:
        """`keep` puts a batch on disk and returns what became of each, in the same order."""
        self._keep = keep
        self._queue: queue.SimpleQueue[Ticket | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def add(self, offered: Offered) -> Said:
        """Waits until it is kept; for threads.

        Raises:
            StudioError: when it is refused, or cannot be kept.
        """
        waiter: Future[Said] = Future()
        # Nobody may cancel it: it is written whoever still waits.
        waiter.set_running_or_notify_cancel()
        self._put(Ticket(offered, waiter, None))
        return waiter.result()

    async def add_async(self, offered: Offered) -> Said:
        """Waits until it is kept without holding a thread; raises as `add` does."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Said] = loop.create_future()
        self._put(Ticket(offered, waiter, loop))
        return await waiter

    def close(self) -> None:
        """Ends after everything that waits is kept; calling it again changes nothing."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None:
            self._queue.put(None)
            thread.join()

    def _put(self, ticket: Ticket) -> None:
        if self._queue.qsize() >= WAITING:
            raise BackendUnavailable(
                "More feedback arrives than can be kept.", hint="Send it again in a moment."
            )
        with self._lock:
            if self._closed:
                raise StorageFailed("The studio is shutting down.", hint="Start it again.")
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="feedback", daemon=True)
                self._thread.start()
            self._queue.put(ticket)

    def _work(self) -> None:
        ended = False
        while not ended:
            batch: list[Ticket] = []
            ticket = self._queue.get()
            while ticket is not None:
                batch.append(ticket)
                if len(batch) == MOST or self._queue.empty():
                    break
                ticket = self._queue.get()
            ended = ticket is None
            if batch:
                _tell(batch, self._written([one.offered for one in batch]))

    def _written(self, offered: Sequence[Offered]) -> Sequence[Outcome]:
        try:
            return self._keep(offered)
        except StudioError as error:
            return [error] * len(offered)
        except Exception as error:  # noqa: BLE001 - those who wait are told, and the next get in
            log.exception("A batch of feedback met a defect.", exc_info=error)
            met = StudioError(
                f"The studio ran into an unforeseen {type(error).__name__}.",
                hint="The studio's log has the details.",
            )
            return [met] * len(offered)


def _tell(batch: Sequence[Ticket], outcomes: Sequence[Outcome]) -> None:
    told: dict[asyncio.AbstractEventLoop | None, list[tuple[Ticket, Outcome]]] = {}
    for ticket, outcome in zip(batch, outcomes, strict=True):
        told.setdefault(ticket.loop, []).append((ticket, outcome))
    for loop, ends in told.items():
        if loop is None:
            _settle(ends)
        else:
            try:
                # Once for all who wait there: waking a loop costs more than what it does then.
                loop.call_soon_threadsafe(_settle, ends)
            except RuntimeError:
                log.info("A server ended before %d callers were told.", len(ends))


def _settle(ends: Sequence[tuple[Ticket, Outcome]]) -> None:
    for ticket, outcome in ends:
        if ticket.waiter.done():
            continue  # who asked has left
        if isinstance(outcome, StudioError):
            ticket.waiter.set_exception(outcome)
        else:
            ticket.waiter.set_result(outcome)
