"""Turns: pieces of work that wait for one background thread and outlive the studio in the store."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterable
from functools import partial

logger = logging.getLogger(__name__)

SECONDS_TO_STOP = 10.0
"""How long closing waits for the work in progress; what it loses then is done again."""


class Turns:
    """Takes ids one after the other; what an id means is its owner's business."""

    def __init__(
        self,
        name: str,
        work: Callable[[str], None],
        *,
        look: Callable[[], None] = lambda: None,
        period: float | None = None,
    ) -> None:
        """`work(id)` does one piece; `look()` is called every `period` seconds between pieces."""
        self._name, self._do, self._look, self._period = name, work, look, period
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self, leftovers: Callable[[], Iterable[str]]) -> None:
        """Begins to work, on what an earlier studio left first; again, it changes nothing."""
        if self._thread is not None:
            return
        for id in leftovers():
            self._waiting.put(id)
        self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops after the step in progress; the owner's store knows what is left."""
        self._closing.set()
        self._waiting.put(None)
        if self._thread is not None:
            self._thread.join(SECONDS_TO_STOP)

    def closing(self) -> bool:
        """Says whether work should stop to go on another time."""
        return self._closing.is_set()

    def put(self, id: str) -> None:
        """Lines up one piece of work."""
        self._waiting.put(id)

    def _work(self) -> None:
        while not self._closing.is_set():
            try:
                id = self._waiting.get(timeout=self._period)
            except queue.Empty:
                self._guarded(self._look)
                continue
            if id is None:
                return
            self._guarded(partial(self._do, id))
            self._guarded(self._look)

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception:
            # Nobody else watches this thread, and the next piece must get its turn.
            logger.exception("A piece of %s ended with an unforeseen error.", self._name)
