"""Embedding worker: takes requests, lets them take turns batch by batch, sends vectors."""

from __future__ import annotations

import base64
import json
import os
import queue
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import torch

from backends.local import minilm
from backends.local.embedding.encoder import Encoder
from backends.local.wire import Cancel, Embed, News, failure
from studio.domain.errors import StudioError, WorkerFailed

OUT_OF_MEMORY = ("can't allocate memory", "out of memory", "not enough memory")


class Worker:
    """Takes requests from one stream and sends vectors on another, one batch of each in turn.

    A question that is asked while documents are indexed waits for one batch, not for the index.
    """

    def __init__(self, requests: TextIO, vectors: TextIO) -> None:
        self._requests, self._vectors = requests, vectors
        self._inbox: queue.SimpleQueue[Embed | Cancel] = queue.SimpleQueue()
        self._running: dict[int, Iterator[News]] = {}
        self._encoders: dict[str, Encoder] = {}

    def work(self) -> None:
        """Embeds until the studio closes the stream, then ends the process at once."""
        threading.Thread(target=self._read, name="requests", daemon=True).start()
        while True:
            while not self._running or not self._inbox.empty():
                self._take(self._inbox.get())
            for number in list(self._running):
                self._advance(number)

    def _read(self) -> None:
        for line in self._requests:
            kind = Cancel if "cancel" in json.loads(line) else Embed
            self._inbox.put(kind.model_validate_json(line))
        # The main thread may be deep in a batch; nobody is left to hear its result.
        os._exit(0)

    def _take(self, message: Embed | Cancel) -> None:
        if isinstance(message, Cancel):
            self._running.pop(message.cancel, None)
        else:
            self._running[message.id] = self._serve(message)

    def _serve(self, ask: Embed) -> Iterator[News]:
        encoder = self._encoder(ask.folder)
        for indices, tokens, vectors in encoder.batches(ask.texts):
            packed = base64.b64encode(vectors.numpy().astype("<f4").tobytes()).decode("ascii")
            yield News(id=ask.id, indices=tuple(indices), tokens=tuple(tokens), vectors=packed)

    def _encoder(self, folder: str) -> Encoder:
        if folder not in self._encoders:
            self._say(News(phase="loading"))
            minilm.check(Path(folder))
            self._encoders[folder] = Encoder(Path(folder))
            self._say(News(phase="idle"))
        return self._encoders[folder]

    def _advance(self, number: int) -> None:
        """Does one batch of a request and reports its end, good or bad."""
        try:
            self._say(next(self._running[number]))
            return
        except StopIteration:
            end = News(id=number, done=True)
        except Exception as error:  # noqa: BLE001 - the last frame of a request: every end is told
            traceback.print_exc()
            end = News(id=number, failure=failure(_explained(error)))
        del self._running[number]
        self._say(end)

    def _say(self, news: News) -> None:
        self._vectors.write(news.model_dump_json(exclude_defaults=True) + "\n")
        self._vectors.flush()


def _explained(error: Exception) -> StudioError:
    if isinstance(error, StudioError):
        return error
    words = str(error).lower()
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)) or any(
        sign in words for sign in OUT_OF_MEMORY
    ):
        return WorkerFailed(
            "There is not enough memory to compare texts by meaning.",
            hint="Close other programs or stop a running training, then try again.",
        )
    return WorkerFailed(
        f"The texts could not be compared by meaning: {type(error).__name__}: {error}",
        hint="The log of the embedding worker has the details.",
    )
