"""Crew: a few threads share the work, and nobody has to wait for them once it is called off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from studio.domain.errors import Conflict, StudioError, WorkerFailed

T = TypeVar("T")
LOOK_EVERY = 0.2
"""Seconds between two looks at whether the caller still wants the results."""


class Ended(Generic[T]):
    """How one piece of work ended."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.result: T | None = None
        self.error: StudioError | None = None


class Crew(Generic[T]):
    """Does `work(0)` … `work(count - 1)`, several at once.

    The threads are daemons: a request that hangs keeps neither the caller nor the studio waiting.
    """

    def __init__(
        self,
        work: Callable[[int], T],
        count: int,
        called_off: threading.Event,
        at_end: Callable[[], None],
    ) -> None:
        """`called_off` is set once nothing more is wanted; the last to leave calls `at_end`."""
        self._work, self._count = work, count
        self._called_off, self._at_end = called_off, at_end
        self._todo: SimpleQueue[int] = SimpleQueue()
        self._ended: SimpleQueue[Ended[T]] = SimpleQueue()
        self._leaving = threading.Lock()
        self._present = 0
        for at in range(count):
            self._todo.put(at)

    def results(self, width: int, cancelled: Callable[[], bool]) -> Generator[tuple[int, T]]:
        """Yields number and result of each piece as it ends; `width` are under way at once.

        Raises:
            StudioError: what `work` raised first; what was not begun by then is left.
            Conflict: when `cancelled()` turned true meanwhile.
            WorkerFailed: when a thread died of something nobody foresaw.
        """
        self._present = min(width, self._count)
        if not self._present:
            self._at_end()
        for _ in range(self._present):
            threading.Thread(target=self._toil, name="asks an endpoint", daemon=True).start()
        try:
            for _ in range(self._count):
                yield _whole(self._next(cancelled))
        finally:
            self._called_off.set()

    def _toil(self) -> None:
        try:
            while not self._called_off.is_set():
                self._one(self._todo.get_nowait())
        except Empty:
            return
        finally:
            with self._leaving:
                self._present -= 1
                last = not self._present
            if last:
                self._at_end()

    def _one(self, at: int) -> None:
        ended = Ended[T](at)
        try:
            ended.result = self._work(at)
        except StudioError as error:
            ended.error = error
        finally:
            self._ended.put(ended)

    def _next(self, cancelled: Callable[[], bool]) -> Ended[T]:
        while True:
            if cancelled():
                raise Conflict("The answers were cancelled.")
            try:
                return self._ended.get(timeout=LOOK_EVERY)
            except Empty:
                continue


def _whole(ended: Ended[T]) -> tuple[int, T]:
    if ended.error is not None:
        raise ended.error
    if ended.result is None:
        raise WorkerFailed(
            "Asking the endpoint ended in a way nobody foresaw.",
            hint="Start again; the details are in the studio's log.",
        )
    return ended.at, ended.result
