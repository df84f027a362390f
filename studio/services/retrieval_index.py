"""Indexing: a corpus's documents cut into chunks and embedded, only what is missing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from studio.core.retrieval import chunking
from studio.domain.errors import Conflict, StudioError
from studio.domain.interfaces import TextEmbedder
from studio.domain.retrieval import Corpus, CorpusStatus, Document
from studio.domain.values import now
from studio.services.retrieval_search import WITHOUT_VECTORS, Progress, text_hash
from studio.store.chunks import ChunkStore, Cut, Window
from studio.store.corpora import CorpusStore

EMBEDDED_AT_ONCE = 128
"""Windows between two saves: a killed studio loses the vectors of at most so many."""
DOCUMENTS_AT_ONCE = 50
SURE_SECONDS = 2.0
"""Working time after which the time that is left is more than a guess."""
STOPPED = "Indexing was stopped; it goes on where it was."


class Indexing:
    """Brings a corpus's chunks and vectors up to date."""

    def __init__(
        self,
        corpora: CorpusStore,
        chunks: ChunkStore,
        embedder: TextEmbedder | None,
        *,
        progress: Progress,
        stopped: Callable[[], bool],
    ) -> None:
        self._corpora, self._chunks, self._embedder = corpora, chunks, embedder
        self._progress, self._stopped = progress, stopped

    def carry_out(self, corpus: Corpus) -> Corpus:
        """Returns the corpus as it stands at the end: ready, or stale when it was stopped.

        Where vectors cannot be made it is ready for keyword search, and its message says why.
        """
        if not self._chunked(corpus):
            return self._ended(corpus, CorpusStatus.STALE, STOPPED)
        if not self._corpora.save(corpus).n_chunks:
            return self._ended(corpus, CorpusStatus.EMPTY, "")
        try:
            model = self._embedded(corpus)
        except WITHOUT_VECTORS as error:
            return self._ready(corpus, "", _keyword_only(error))
        except Conflict:
            if not self._stopped():
                raise
            return self._ended(corpus, CorpusStatus.STALE, STOPPED)
        if self._embedder is None:
            return self._ready(
                corpus, "", "Searched by keyword only: no embedding model is set up."
            )
        return self._ready(corpus, model, "")

    def _chunked(self, corpus: Corpus) -> bool:
        """Cuts what is not cut yet; False when it was stopped on the way."""
        words, overlap = corpus.chunk_words, corpus.overlap_words
        method = chunking.method(words, overlap)
        waiting = self._corpora.unchunked(corpus.id, method)
        for start in range(0, len(waiting), DOCUMENTS_AT_ONCE):
            if self._stopped():
                return False
            self._progress(f"Reading document {start + 1:,} of {len(waiting):,}", None)
            part = self._corpora.documents(corpus.id, waiting[start : start + DOCUMENTS_AT_ONCE])
            made = {one.id: _cut(one, words, overlap) for one in part}
            self._chunks.replace(corpus.id, made, method)
        return True

    def _embedded(self, corpus: Corpus) -> str:
        """Returns the name of the model whose vectors are now complete."""
        if self._embedder is None:
            return ""
        self._embedder.prepare(self._progress)
        model = self._embedder.name()
        missing = self._chunks.missing(corpus.id, model)
        pace = _Pace(len(missing), self._progress)
        for start in range(0, len(missing), EMBEDDED_AT_ONCE):
            hashes = missing[start : start + EMBEDDED_AT_ONCE]
            pace.tell(start)
            texts = self._chunks.window_texts(corpus.id, hashes)
            vectors = self._embedder.embed(
                list(texts.values()),
                progress=lambda done, start=start: pace.tell(start + done),  # type: ignore[misc]
                cancelled=self._stopped,
            )
            self._chunks.keep_vectors(model, dict(zip(texts, vectors, strict=True)))
            if self._stopped():
                raise Conflict(STOPPED)
        return model

    def _ready(self, corpus: Corpus, model: str, message: str) -> Corpus:
        kept = corpus.with_(embedding_model=model, indexed_at=now())
        method = chunking.method(corpus.chunk_words, corpus.overlap_words)
        if self._corpora.unchunked(corpus.id, method):
            return self._ended(kept, CorpusStatus.STALE, "Documents came in meanwhile.")
        return self._ended(kept, CorpusStatus.READY, message)

    def _ended(self, corpus: Corpus, status: CorpusStatus, message: str) -> Corpus:
        return self._corpora.save(corpus.with_(status=status, message=message, progress=None))


class _Pace:
    """Tells how many windows are embedded and, once it is known, how long the rest takes."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total, self._progress = total, progress
        self._began = time.monotonic()

    def tell(self, done: int) -> None:
        words = f"Part {min(done + 1, self._total):,} of {self._total:,}"
        took = time.monotonic() - self._began
        if done and took > SURE_SECONDS:
            words += f", about {_duration(took / done * (self._total - done))} left"
        self._progress(words, done / self._total)


def _cut(document: Document, words: int, overlap: int) -> Sequence[Cut]:
    return [
        Cut(
            chunk,
            tuple(
                Window(text, text_hash(text)) for text in chunking.windows(chunk, document.title)
            ),
        )
        for chunk in chunking.chunks_of(document, words, overlap)
    ]


def _keyword_only(error: StudioError) -> str:
    return f"Searched by keyword only: {error}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
