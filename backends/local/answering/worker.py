"""Generation worker: takes requests, lets them take turns, says what came of each."""

from __future__ import annotations

import json
import os
import queue
import threading
import traceback
from collections.abc import Iterator
from typing import TextIO

from backends.local.answering.loaded import Loaded
from backends.local.answering.request import is_out_of_memory, no_memory, serve
from backends.local.wire import Ask, Cancel, News, failure
from studio.domain.errors import StudioError, WorkerFailed

MOST_BASES = 2
"""Base models kept in memory."""


class Worker:
    """Takes requests from one stream and answers on another, one forward pass of each in turn."""

    def __init__(self, requests: TextIO, answers: TextIO) -> None:
        self._requests, self._answers = requests, answers
        self._inbox: queue.SimpleQueue[Ask | Cancel] = queue.SimpleQueue()
        self._running: dict[int, Iterator[None]] = {}
        self._bases: dict[tuple[str, str], Loaded] = {}

    def work(self) -> None:
        """Answers until the studio closes the stream, then ends the process at once."""
        threading.Thread(target=self._read, name="requests", daemon=True).start()
        while True:
            while not self._running or not self._inbox.empty():
                self._take(self._inbox.get())
            for number in list(self._running):
                self._advance(number)
            if not self._running:
                self._say(News(phase="idle"))

    def _read(self) -> None:
        for line in self._requests:
            kind = Cancel if "cancel" in json.loads(line) else Ask
            self._inbox.put(kind.model_validate_json(line))
        # The main thread may be deep in a forward pass; nobody is left to hear its result.
        os._exit(0)

    def _take(self, message: Ask | Cancel) -> None:
        if isinstance(message, Cancel):
            self._running.pop(message.cancel, None)
        else:
            self._running[message.id] = self._serve(message)

    def _serve(self, ask: Ask) -> Iterator[None]:
        yield from serve(ask, self._loaded(ask), self._say)

    def _advance(self, number: int) -> None:
        """Does one step of a request and reports its end, good or bad."""
        try:
            next(self._running[number])
            return
        except StopIteration:
            end = News(id=number, done=True)
        except Exception as error:  # noqa: BLE001 - the last frame of a request: every end is told
            traceback.print_exc()
            end = News(id=number, failure=failure(_explained(error)))
        del self._running[number]
        self._say(end)

    def _loaded(self, ask: Ask) -> Loaded:
        key = (ask.model.base_path, ask.model.base_manifest_sha256)
        if key not in self._bases:
            self._say(News(phase="loading"))
            for old in list(self._bases)[: len(self._bases) + 1 - MOST_BASES]:
                del self._bases[old]
            self._bases[key] = Loaded(ask.model)
        self._bases[key] = self._bases.pop(key)  # the one used last stands last
        return self._bases[key]

    def _say(self, news: News) -> None:
        self._answers.write(news.model_dump_json(exclude_defaults=True) + "\n")
        self._answers.flush()


def _explained(error: Exception) -> StudioError:
    if isinstance(error, StudioError):
        return error
    if is_out_of_memory(error):
        return no_memory()
    return WorkerFailed(
        f"The model could not answer: {type(error).__name__}: {error}",
        hint="The log of the generation worker has the details.",
    )
