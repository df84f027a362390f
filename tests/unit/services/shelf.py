"""A retrieval service with a few documents, on a database that outlives it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.domain.retrieval import Corpus
from studio.services.retrieval import RetrievalService
from studio.store.chunks import ChunkStore
from studio.store.corpora import CorpusStore
from studio.store.database import Database
from tests.fakes.reader import FakeReader
from tests.fakes.retrieval import FakeDocumentReader, FakeEmbedder

DELIVERY = "Parcels arrive within two days. Heavy parcels need a week."
RETURNS = "Goods may be sent back for thirty days. We refund the price."
WARRANTY = "Every tool carries a guarantee of five years against faults."

SYNONYMS = {"repair": "guarantee", "warranty": "guarantee"}


class Shelf:
    """A retrieval service on a database that outlives it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(folder / "studio.duckdb")
        self.reader, self.embedder = FakeDocumentReader(), FakeEmbedder(SYNONYMS)
        self.rows = FakeReader([])
        self.service = self.opened()

    def opened(self, embedder: FakeEmbedder | None = None) -> RetrievalService:
        """Returns a new service on the same database, as after a restart."""
        return RetrievalService(
            CorpusStore(self.database),
            ChunkStore(self.database),
            self.reader,
            self.rows,
            embedder or self.embedder,
            self.folder / "retrieval",
        )

    def add(self, corpus: Corpus, **texts: str) -> None:
        self.reader.put("file", **texts)
        self.service.add(corpus.id, "/somewhere/file")


def keys(passages: Sequence[object]) -> list[str]:
    return [passage.document_key for passage in passages]  # type: ignore[attr-defined]
