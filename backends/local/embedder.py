"""WorkerEmbedder: vectors for texts, made on this machine in one worker started when needed."""

from __future__ import annotations

import array
import base64
import itertools
import queue
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from backends.local import growth, minilm
from backends.local.growth import Progress
from backends.local.hub import Hub
from backends.local.kept_worker import KeptWorker, checked
from backends.local.wire import Embed, News
from backends.local.worker import RunningWorker
from studio.domain.errors import Conflict

IDLE_SECONDS = 600.0
"""An unused worker gives its memory back after this time."""
PATIENCE = 0.1
"""Seconds between two looks at whether the caller still wants the vectors."""
AT_ONCE = 2_000
"""Texts in one request, so that neither side holds a large line."""


class WorkerEmbedder:
    """Implements `studio.domain.interfaces.TextEmbedder` with all-MiniLM-L6-v2."""

    def __init__(
        self,
        models_dir: Path,
        log_path: Path | None = None,
        *,
        hub: Hub | None = None,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        """The model lies under `models_dir`; None as `log_path` discards the worker's messages."""
        self._models_dir, self._hub = models_dir, hub or Hub()
        self._numbers = itertools.count(1)

        def start() -> RunningWorker:
            return RunningWorker(log_path, module="backends.local.embed", word="embedding")

        self._kept = KeptWorker(start, idle_seconds)

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker, None when none runs."""
        return self._kept.pid

    def name(self) -> str:
        """Returns name and revision of the model, the same for vectors that may be compared."""
        return minilm.NAME

    def dimensions(self) -> int:
        """Returns the length of its vectors."""
        return minilm.DIMENSIONS

    def most_tokens(self) -> int:
        """Returns how many tokens of a text count."""
        return minilm.MOST_TOKENS

    def prepare(self, progress: Progress) -> None:
        """Fetches the model where it is missing; raises as `minilm.fetch` does."""
        minilm.fetch(self._models_dir, progress, self._hub)

    def embed(
        self,
        texts: Sequence[str],
        *,
        progress: Callable[[int], None] | None = None,
        counted: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] = growth.never,
    ) -> list[list[float]]:
        """Returns one vector of length 1 for each text, in order; `progress(done)`.

        `counted(index, tokens)` tells how many tokens a text has, those that do not count included.

        Raises:
            BackendUnavailable: when the model is missing and cannot be fetched.
            ModelRefused: when its files were altered.
            WorkerFailed: when the worker died or ran out of memory.
            Conflict: when `cancelled()` turned true meanwhile.
        """
        vectors: list[list[float]] = [[] for _ in texts]
        if not vectors:
            return vectors
        minilm.fetch(self._models_dir, lambda what, share: None, self._hub, cancelled)
        done = 0
        for start in range(0, len(texts), AT_ONCE):
            ask = Embed(
                id=next(self._numbers),
                folder=str(minilm.folder_of(self._models_dir)),
                texts=tuple(map(_sendable, texts[start : start + AT_ONCE])),
            )
            for news in self._news(ask, cancelled):
                for index, vector in _unpacked(news):
                    vectors[start + index] = vector
                    done += 1
                if progress is not None and news.indices:
                    progress(done)
                if counted is not None:
                    for index, tokens in zip(news.indices, news.tokens, strict=True):
                        counted(start + index, tokens)
        return vectors

    def close(self) -> None:
        """Ends the worker process."""
        self._kept.close()

    def _news(self, ask: Embed, cancelled: Callable[[], bool]) -> Iterator[News]:
        """Yields what the worker says of a request until it is done."""
        with self._kept.asked(ask) as heard:
            while True:
                if cancelled():
                    raise Conflict("The embedding was cancelled.")
                try:
                    news = checked(heard.get(timeout=PATIENCE))
                except queue.Empty:
                    continue
                if news.done:
                    return
                yield news


def _sendable(text: str) -> str:
    """Returns the text with half characters replaced: they cannot travel as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _unpacked(news: News) -> list[tuple[int, list[float]]]:
    numbers = array.array("f", base64.b64decode(news.vectors))
    if sys.byteorder == "big":
        numbers.byteswap()
    width = minilm.DIMENSIONS
    return [
        (index, numbers[place * width : (place + 1) * width].tolist())
        for place, index in enumerate(news.indices)
    ]
