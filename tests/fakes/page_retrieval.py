"""One body of documents in memory, for the ladder's pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from studio.domain.errors import Conflict, NotFound
from studio.domain.retrieval import (
    Added,
    Chunk,
    Corpus,
    CorpusStatus,
    Document,
    DocumentLine,
    Gold,
    Passage,
    Refusal,
    RetrievalMode,
    RetrievalScore,
)
from tests.fakes.page_values import START


class FakeRetrieval:
    """One body of documents, once a test or an upload brings it in."""

    def __init__(self) -> None:
        self.bodies: list[Corpus] = []
        self.lines: list[DocumentLine] = []
        self.places: list[Gold] = []
        self.searched: list[tuple[str, RetrievalMode]] = []

    def corpora(self, project_id: str) -> list[Corpus]:
        return list(self.bodies)

    def corpus(self, corpus_id: str) -> Corpus:
        for one in self.bodies:
            if one.id == corpus_id:
                return one
        raise NotFound(f"There is no collection {corpus_id}.")

    def create(self, project_id: str, name: str) -> Corpus:
        made = Corpus(id="cor_1", project_id=project_id, name=name, created_at=START)
        self.bodies.append(made)
        return made

    def add(self, corpus_id: str, path: str | Path, name: str | None = None) -> Added:
        shown = name or Path(path).name
        if shown.endswith(".exe"):
            return Added(refused=(Refusal(name=shown, reason="This kind is not understood."),))
        line = DocumentLine(
            id=f"doc_{len(self.lines) + 1}",
            corpus_id=corpus_id,
            key=shown,
            title=shown,
            kind="md",
            n_words=len(Path(path).read_text(encoding="utf-8").split()),
            created_at=START,
        )
        self.lines.append(line)
        self.become(CorpusStatus.STALE, n_documents=len(self.lines), n_words=900)
        return Added(documents=(line,))

    def become(self, status: CorpusStatus, **changes: Any) -> None:
        """Puts the first collection into a state."""
        self.bodies[0] = self.bodies[0].with_(status=status, **changes)

    def documents(self, corpus_id: str) -> list[DocumentLine]:
        self.corpus(corpus_id)
        return list(self.lines)

    def document(self, document_id: str) -> Document:
        line = next(one for one in self.lines if one.id == document_id)
        return Document(**dict(line), sha256="e" * 64, text=f"All about {line.title}.")

    def remove_document(self, document_id: str) -> None:
        self.lines = [one for one in self.lines if one.id != document_id]

    def start_index(self, corpus_id: str) -> Corpus:
        self.become(CorpusStatus.INDEXING, message="Cutting documents", progress=0.4)
        return self.bodies[0]

    def cancel_index(self, corpus_id: str) -> Corpus:
        self.become(CorpusStatus.STALE, message="", progress=None)
        return self.bodies[0]

    def search(
        self,
        corpus_id: str,
        question: str,
        k: int = 4,
        mode: RetrievalMode = RetrievalMode.HYBRID,
    ) -> list[Passage]:
        if self.bodies[0].status is not CorpusStatus.READY:
            raise Conflict("The documents have not been indexed.")
        self.searched.append((question, mode))
        chunk = self.chunks(corpus_id, ["chk_1"])[0]
        return [
            Passage(
                chunk=chunk,
                document_key="handbook.md",
                title="Handbook",
                rank=1,
                score=0.5,
                keyword_rank=1,
                meaning_rank=2,
            )
        ]

    def chunks(self, corpus_id: str, ids: Sequence[str]) -> list[Chunk]:
        return [
            Chunk(
                id=one,
                document_id="doc_1",
                position=0,
                start=0,
                end=40,
                text="Goods can be returned within 14 days.",
                heading="Returns",
            )
            for one in ids
        ]

    def gold(self, corpus_id: str) -> list[Gold]:
        return self.places

    def note_gold(
        self,
        corpus_id: str,
        question: str,
        chunk_id: str,
        prompt_hash: str | None = None,
        *,
        holds: bool = True,
    ) -> list[Gold]:
        place = Gold(
            corpus_id=corpus_id,
            prompt_hash=prompt_hash or f"hash of {question}",
            document_key="handbook.md",
            start=0,
            end=40,
            question=question,
        )
        self.places = [one for one in self.places if one != place] + [place] * holds
        return self.places

    def measure(
        self,
        corpus_id: str,
        questions: Sequence[tuple[str, str]] | None = None,
        modes: Sequence[RetrievalMode] = tuple(RetrievalMode),
        *,
        progress: Callable[[str, float | None], None] | None = None,
    ) -> list[RetrievalScore]:
        return [
            RetrievalScore(
                mode=mode,
                n=40,
                hit_at_1=0.55,
                hit_at_5=0.85,
                hit_at_10=0.9,
                mrr=0.67,
                ndcg_at_10=0.72,
            )
            for mode in modes
        ]

    def tokens(self, corpus_id: str) -> int:
        return 1200
