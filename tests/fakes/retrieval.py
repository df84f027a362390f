"""Documents and vectors in memory, for services that search without readers and models."""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from studio.core.retrieval.words import words_of
from studio.domain.errors import BackendUnavailable, Conflict, WorkerFailed
from studio.domain.interfaces import RawDocument
from studio.domain.retrieval import Refusal

LENGTH = 64
MOST_WORDS = 100


class FakeDocumentReader:
    """Gives the documents the test put under a file's name; an unknown file is refused."""

    def __init__(self) -> None:
        self.files: dict[str, list[RawDocument | Refusal]] = {}

    def put(self, name: str, **texts: str) -> None:
        """Makes a file whose documents have these keys and texts."""
        self.files[name] = [
            RawDocument(key=key, title=key.title(), kind="txt", text=text)
            for key, text in texts.items()
        ]

    def read(self, path: Path, name: str) -> Iterator[RawDocument | Refusal]:
        """Yields what was put under that name."""
        yield from self.files.get(name, [Refusal(name=name, reason="It cannot be read.")])


class FakeEmbedder:
    """Makes vectors from words: texts are alike when they share words; synonyms count as shared."""

    def __init__(self, synonyms: dict[str, str] | None = None) -> None:
        self.synonyms = synonyms or {}
        self.embedded: list[str] = []
        self.model = "fake@1"
        self.refuses: BackendUnavailable | None = None
        self.fails: WorkerFailed | None = None
        self.stop_after: int | None = None
        self.reached = threading.Event()
        self.go_on = threading.Event()

    def name(self) -> str:
        return self.model

    def dimensions(self) -> int:
        return LENGTH

    def most_tokens(self) -> int:
        return MOST_WORDS

    def prepare(self, progress: Callable[[str, float | None], None]) -> None:
        if self.refuses is not None:
            raise self.refuses
        progress("Fetching the embedding model", 1.0)

    def embed(
        self,
        texts: Sequence[str],
        *,
        progress: Callable[[int], None] | None = None,
        counted: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[list[float]]:
        if self.fails is not None:
            raise self.fails
        found = []
        for done, text in enumerate(texts):
            if self.stop_after is not None and len(self.embedded) >= self.stop_after:
                self.reached.set()
                assert self.go_on.wait(20), "Nobody let the embedder go on."
            if cancelled():
                raise Conflict("Embedding was cancelled.")
            self.embedded.append(text)
            found.append(self._vector(text))
            if counted:
                counted(done, len(text.split()))
            if progress:
                progress(done + 1)
        return found

    def close(self) -> None:
        return

    def _vector(self, text: str) -> list[float]:
        vector = [1e-6] * LENGTH
        for word in words_of(text):
            digest = hashlib.md5(self.synonyms.get(word, word).encode()).digest()
            vector[digest[0] % LENGTH] += 1.0
        norm = math.sqrt(sum(x * x for x in vector))
        return [x / norm for x in vector]
