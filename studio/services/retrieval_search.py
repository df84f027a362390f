"""Searching: passages by keyword, by meaning, or by both; examples most like a question."""

from __future__ import annotations

import hashlib
import itertools
import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from studio.core.retrieval.chunking import under
from studio.core.retrieval.fusion import Fused, fuse
from studio.domain.errors import (
    BackendUnavailable,
    Conflict,
    InvalidInput,
    ModelRefused,
    WorkerFailed,
)
from studio.domain.interfaces import TextEmbedder
from studio.domain.retrieval import Corpus, Passage, RetrievalMode
from studio.services.keyword_index import KeywordIndex, KeywordIndexes
from studio.store.chunks import ChunkStore, Text

logger = logging.getLogger(__name__)

Progress = Callable[[str, float | None], None]
"""Called with what is being done and the share done, None while unknown."""

WITHOUT_VECTORS = (BackendUnavailable, WorkerFailed, ModelRefused)
"""What leaves keyword search alone: the model is not here, not whole, or its worker died."""

DEEPEST = 50
"""Places of each ranking that are fused; passages below change nothing a person would see."""
QUESTIONS_AT_ONCE = 64
POOL_EMBEDDED = 4000
"""Examples that are embedded to choose from; of more, only those that share words with a question.

A judgement: 4,000 short texts take about a minute on two cores, once.
"""
MOST_PASSAGES = 64


def silent(what: str, share: float | None) -> None:
    """Ignores progress."""


def text_hash(text: str) -> str:
    """Returns the hash under which a text's vector is kept."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


class Searcher:
    """Finds passages in indexed corpora.

    Keywords are compared with whole chunks and with their windows, meaning with windows: a chunk
    gives the answer's surroundings, a window says precisely whether it is there.
    """

    def __init__(
        self, chunks: ChunkStore, indexes: KeywordIndexes, embedder: TextEmbedder | None
    ) -> None:
        self._chunks, self._indexes, self._embedder = chunks, indexes, embedder

    def search(
        self,
        corpus: Corpus,
        questions: Sequence[str],
        k: int,
        mode: RetrievalMode,
        progress: Progress = silent,
    ) -> list[list[Passage]]:
        """Returns the `k` best passages for each question, best first.

        In a corpus without vectors both together become keyword alone. Where there are vectors,
        trouble with the model is raised: a measured run must not change its search half way.

        Raises:
            Conflict: when the corpus has no passages yet.
            BackendUnavailable: when meaning alone is asked for and there are no vectors.
            WorkerFailed: when the question could not be embedded.
        """
        if not 1 <= k <= MOST_PASSAGES:
            raise InvalidInput(f"{k} passages cannot be given; choose 1 to {MOST_PASSAGES}.")
        if not corpus.n_chunks:
            raise Conflict(
                f"{corpus.name} has not been indexed yet.",
                hint="Add documents and index them first.",
            )
        if mode is RetrievalMode.MEANING and not self.has_meaning(corpus):
            raise BackendUnavailable(
                f"{corpus.name} can be searched by keyword only: {corpus.message or 'no vectors'}",
                hint="Index it again when the embedding model can be fetched.",
            )
        found: list[list[Passage]] = []
        for start in range(0, len(questions), QUESTIONS_AT_ONCE):
            progress(f"{start:,} of {len(questions):,} questions", start / len(questions))
            part = questions[start : start + QUESTIONS_AT_ONCE]
            found += self._passages(corpus, self._ranked(corpus, part, k, mode))
        return found

    def has_meaning(self, corpus: Corpus) -> bool:
        """Says whether the corpus's vectors were made by the model that is here now."""
        return self._embedder is not None and corpus.embedding_model == self._embedder.name()

    def forget(self, corpus_id: str) -> None:
        """Lets go of the keyword indexes of a corpus that is gone."""
        for name in _index_names(corpus_id):
            self._indexes.drop(name)

    def _ranked(
        self, corpus: Corpus, questions: Sequence[str], k: int, mode: RetrievalMode
    ) -> list[_Ranking]:
        depth = max(k, DEEPEST)
        nothing: list[list[str]] = [[] for _ in questions]
        by_chunk = by_window = by_meaning = nothing
        if mode is not RetrievalMode.MEANING:
            chunks, windows = self._keyword_indexes(corpus)
            by_chunk = [chunks.search(question, depth) for question in questions]
            by_window = [windows.search(question, depth) for question in questions]
        if mode is not RetrievalMode.KEYWORD and self.has_meaning(corpus):
            by_meaning = self._by_meaning(corpus, questions, depth)
        return [
            _Ranking(fuse(rankings, k), [one.id for one in fuse(rankings[:2], depth)], rankings[2])
            for rankings in zip(by_chunk, by_window, by_meaning, strict=True)
        ]

    def _by_meaning(self, corpus: Corpus, questions: Sequence[str], depth: int) -> list[list[str]]:
        found: list[list[str]] = [[] for _ in questions]
        asked = [at for at, question in enumerate(questions) if question.strip()]
        if self._embedder is None or not asked:
            return found
        vectors = self._embedder.embed([questions[at] for at in asked])
        near = self._chunks.nearest(corpus.id, corpus.embedding_model, vectors, depth)
        for at, ids in zip(asked, near, strict=True):
            found[at] = ids
        return found

    def _keyword_indexes(self, corpus: Corpus) -> tuple[KeywordIndex, KeywordIndex]:
        fingerprint = self._chunks.fingerprint(corpus.id)
        whole, parts = _index_names(corpus.id)
        return (
            self._indexes.get(whole, fingerprint, lambda: _texts(self._chunks.texts(corpus.id))),
            self._indexes.get(parts, fingerprint, lambda: _texts(self._chunks.windows(corpus.id))),
        )

    def _passages(self, corpus: Corpus, ranked: Sequence[_Ranking]) -> list[list[Passage]]:
        every = list(dict.fromkeys(one.id for ranking in ranked for one in ranking.best))
        shown = self._chunks.shown(corpus.id, every)
        return [
            [
                Passage(
                    chunk=shown[one.id].chunk,
                    document_key=shown[one.id].document_key,
                    title=shown[one.id].title,
                    rank=rank,
                    score=one.score,
                    keyword_rank=_place(ranking.by_keyword, one.id),
                    meaning_rank=_place(ranking.by_meaning, one.id),
                )
                # A document may have been removed since its chunk was found.
                for rank, one in enumerate((one for one in ranking.best if one.id in shown), 1)
            ]
            for ranking in ranked
        ]


class _Ranking(NamedTuple):
    """What was found for one question."""

    best: list[Fused]
    by_keyword: list[str]
    by_meaning: list[str]


def _place(ids: Sequence[str], id: str) -> int | None:
    return ids.index(id) + 1 if id in ids else None


def _index_names(corpus_id: str) -> tuple[str, str]:
    return corpus_id, f"{corpus_id}-windows"


def _texts(listed: Sequence[Text]) -> tuple[list[str], list[str]]:
    return [one.chunk_id for one in listed], [
        under([one.title, one.heading], one.text) for one in listed
    ]


class Neighbours:
    """Finds the texts of a pool that are most like a question, as few-shot prompting wants them."""

    def __init__(self, chunks: ChunkStore, embedder: TextEmbedder | None) -> None:
        self._chunks, self._embedder = chunks, embedder

    def nearest(self, questions: Sequence[str], pool: Sequence[str], k: int) -> list[list[int]]:
        """Returns, for each question, the places in the pool of the `k` most alike, best first."""
        if not pool or not questions:
            return [[] for _ in questions]
        depth = max(k, DEEPEST)
        index = KeywordIndex.of([str(at) for at in range(len(pool))], pool)
        by_keyword = [index.search(question, depth) for question in questions]
        by_meaning = self._by_meaning(questions, pool, by_keyword, depth)
        found = []
        for both in zip(by_keyword, by_meaning, strict=True):
            best = [int(one.id) for one in fuse(both, k)]
            # Where too few share anything with the question, the first of the pool make up.
            rest = (at for at in range(min(len(pool), 2 * k)) if at not in best)
            found.append([*best, *itertools.islice(rest, k - len(best))])
        return found

    def _by_meaning(
        self,
        questions: Sequence[str],
        pool: Sequence[str],
        by_keyword: Sequence[Sequence[str]],
        depth: int,
    ) -> list[list[str]]:
        if self._embedder is None:
            return [[] for _ in questions]
        among = list(range(len(pool)))
        if len(pool) > POOL_EMBEDDED:
            among = sorted({int(id) for ids in by_keyword for id in ids})
        try:
            self._embedder.prepare(silent)
        except BackendUnavailable as error:
            logger.warning("Choosing examples by keyword only: %s", error)
            return [[] for _ in questions]
        known = self._vectors(self._embedder, [pool[at] for at in among])
        asked = self._embedder.embed(list(questions))
        import numpy as np

        likeness = np.asarray(asked, dtype=np.float32) @ np.asarray(known, dtype=np.float32).T
        order = np.argsort(-likeness, axis=1, kind="stable")[:, :depth]
        return [[str(among[at]) for at in row] for row in order]

    def _vectors(self, embedder: TextEmbedder, texts: Sequence[str]) -> list[list[float]]:
        """Returns a vector for each text, keeping those that are new."""
        model, hashes = embedder.name(), [text_hash(text) for text in texts]
        known = self._chunks.known(model, list(dict.fromkeys(hashes)))
        missing = {h: text for h, text in zip(hashes, texts, strict=True) if h not in known}
        if missing:
            fresh = dict(zip(missing, embedder.embed(list(missing.values())), strict=True))
            self._chunks.keep_vectors(model, fresh)
            known |= fresh
        return [known[h] for h in hashes]
