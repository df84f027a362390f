"""KeptWorker: one worker started when first asked, ended when unused, started anew when it died."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from backends.local import wire
from backends.local.wire import Ask, Embed, News
from backends.local.worker import Ended, RunningWorker
from studio.domain.errors import WorkerFailed


class KeptWorker:
    """Holds at most one running worker and gives its memory back after an idle time."""

    def __init__(self, start: Callable[[], RunningWorker], idle_seconds: float) -> None:
        self._start, self._idle_seconds = start, idle_seconds
        self._lock = threading.Lock()
        self._worker: RunningWorker | None = None
        self._timer: threading.Timer | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the worker, None when none runs."""
        worker = self._worker
        return worker.pid if worker is not None and worker.alive else None

    @contextmanager
    def asked(self, ask: Ask | Embed) -> Iterator[queue.SimpleQueue[News | Ended]]:
        """Sends a request and gives what is heard of it; leaving early cancels it."""
        with self._lock:
            if self._worker is None or not self._worker.alive:
                self._worker = self._start()
            worker = self._worker
            heard = worker.ask(ask)
        try:
            yield heard
        finally:
            worker.forget(ask.id)
            self._rest()

    def close(self) -> None:
        """Ends the worker process within five seconds; a later request starts another."""
        with self._lock:
            worker, self._worker = self._worker, None
            if self._timer is not None:
                self._timer.cancel()
        if worker is not None:
            worker.end()

    def _rest(self) -> None:
        """Starts counting the idle time anew."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(self._idle_seconds, self._end_if_idle)
            self._timer.daemon = True
            self._timer.start()

    def _end_if_idle(self) -> None:
        with self._lock:
            worker = self._worker
            if worker is None or worker.busy:
                return
            self._worker = None
        worker.end()


def checked(news: News | Ended) -> News:
    """Returns the news, or raises what it means."""
    if isinstance(news, Ended):
        raise WorkerFailed(news.message, hint=news.hint)
    if news.failure is not None:
        raise wire.error(news.failure)
    return news
