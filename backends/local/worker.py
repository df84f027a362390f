"""RunningWorker: one life of a worker for answers or vectors, as the studio sees it."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from backends.local import process
from backends.local.wire import Ask, Cancel, Embed, News, Phase
from studio.domain.errors import WorkerFailed
from studio.domain.values import Value

MODULE = "backends.local.generate"
WORD = "generation"
"""What people call the worker of that module."""
LOG_LIMIT = 5_000_000
"""Bytes after which the worker's log starts anew."""
SECONDS_TO_LEAVE = 2.0
"""What a closed worker gets before it is killed, and what a killed one gets to be gone."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """The worker is gone: what happened and what to do."""

    message: str
    hint: str


class RunningWorker:
    """Starts a worker, sends it requests and hands its news to whoever asked."""

    def __init__(self, log_path: Path | None, *, module: str = MODULE, word: str = WORD) -> None:
        """Returns once the process runs; raises WorkerFailed when it cannot be started."""
        self._log_path, self._module, self._word = log_path, module, word
        self._lock, self._pipe = threading.Lock(), threading.Lock()
        self._waiting: dict[int, queue.SimpleQueue[News | Ended]] = {}
        self._ended: Ended | None = None
        self._phase: Phase = "starting"
        self._process: subprocess.Popen[str] | None = None
        self._leaving = False
        started = threading.Event()
        # The kernel ends the worker with the thread that started it: this one, which waits for it.
        self._thread = threading.Thread(
            target=self._live, args=(started,), name=f"{word}-worker", daemon=True
        )
        self._thread.start()
        started.wait()
        if self._process is None:
            raise WorkerFailed(
                f"The {word} worker could not be started.",
                hint="Close other programs, then try again; the studio's log has the details.",
            )

    @property
    def alive(self) -> bool:
        """Says whether requests are still taken."""
        return self._ended is None and not self._leaving

    @property
    def busy(self) -> bool:
        """Says whether anybody waits for an answer."""
        return bool(self._waiting)

    @property
    def pid(self) -> int | None:
        """The worker's process id."""
        return self._process.pid if self._process else None

    def ask(self, ask: Ask | Embed) -> queue.SimpleQueue[News | Ended]:
        """Sends a request and returns the queue in which its news will lie."""
        heard: queue.SimpleQueue[News | Ended] = queue.SimpleQueue()
        with self._lock:
            if self._ended is not None:
                heard.put(self._ended)
                return heard
            self._waiting[ask.id] = heard
        self._send(ask)
        return heard

    def forget(self, number: int) -> None:
        """Ends a request: what is still to come of it is neither computed nor kept."""
        with self._lock:
            known = self._waiting.pop(number, None) is not None and self._ended is None
        if known:
            self._send(Cancel(cancel=number))

    def end(self) -> None:
        """Ends the process: asks first, then insists; never takes five seconds."""
        self._leaving = True
        running = self._process
        if running is None:
            return
        if self._pipe.acquire(timeout=SECONDS_TO_LEAVE / 2):
            self._close(running.stdin)
            self._pipe.release()
            self._thread.join(SECONDS_TO_LEAVE / 2)
        if self._thread.is_alive():
            running.kill()
            self._thread.join(SECONDS_TO_LEAVE)

    @staticmethod
    def _close(pipe: IO[str] | None) -> None:
        # Closing writes what is left, to nobody when the worker is gone.
        with suppress(OSError):
            if pipe is not None:
                pipe.close()

    def _send(self, message: Value) -> None:
        running = self._process
        assert running is not None
        assert running.stdin is not None
        line = message.model_dump_json() + "\n"
        # A broken pipe means that the worker is gone; the thread that reads from it says why.
        with self._pipe, suppress(OSError, ValueError):
            running.stdin.write(line)
            running.stdin.flush()

    def _live(self, started: threading.Event) -> None:
        try:
            with self._log() as log:
                self._process = process.start(self._module, stderr=log)
        except OSError:
            started.set()
            raise
        started.set()
        assert self._process.stdout is not None
        with suppress(OSError, ValueError):
            for line in self._process.stdout:
                self._hear(News.model_validate_json(line))
        self._process.stdout.close()
        code = self._process.wait()
        with self._pipe:
            self._close(self._process.stdin)
        self._close(self._process.stdout)
        with self._lock:
            self._ended = ended = _ended(code, self._phase, self._word, leaving=self._leaving)
            waiting, self._waiting = self._waiting, {}
        for heard in waiting.values():
            heard.put(ended)

    def _hear(self, news: News) -> None:
        if news.phase is not None:
            self._phase = news.phase
        if news.id is None:
            return
        with self._lock:
            if news.done or news.failure is not None:
                heard = self._waiting.pop(news.id, None)
            else:
                heard = self._waiting.get(news.id)
        if heard is not None:
            heard.put(news)

    def _log(self) -> IO[bytes]:
        if self._log_path is None:
            return Path(os.devnull).open("wb")
        self._log_path.parent.mkdir(parents=True, exist_ok=True)
        large = self._log_path.exists() and self._log_path.stat().st_size > LOG_LIMIT
        return self._log_path.open("wb" if large else "ab")


def _ended(code: int, phase: Phase, word: str, *, leaving: bool) -> Ended:
    """Returns in plain words why a worker ended."""
    if leaving:
        return Ended(message=f"The studio closed the {word} worker.", hint="Ask again.")
    if phase == "rendering" and code == 1:
        return Ended(
            message="The model's chat template did not come to an end and was stopped.",
            hint="Use a model from a publisher you trust.",
        )
    if code in (-9, 137):
        return Ended(
            message=f"The {word} worker was killed, most likely because memory ran out.",
            hint="Close other programs or choose a smaller model, then ask again.",
        )
    return Ended(
        message=f"The {word} worker ended unexpectedly (code {code}) while {phase}.",
        hint="Ask again; if it happens twice, its log in the data folder has the details.",
    )
