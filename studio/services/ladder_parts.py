"""What the ladder needs of its neighbours: documents searched, tokens counted, answers priced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from studio.domain.costing import Estimate, Figure, MethodOption
from studio.domain.retrieval import (
    Corpus,
    Document,
    DocumentLine,
    Gold,
    Passage,
    RetrievalMode,
    RetrievalScore,
)

Progress = Callable[[str, float | None], None]
"""Called with what is being done and the share done, None while unknown."""


def silent(what: str, share: float | None) -> None:
    """Tells nobody."""


class Retrieving(Protocol):
    """The part of the retrieval service that rungs use."""

    def corpora(self, project_id: str) -> list[Corpus]:
        """Returns a project's bodies of documents."""

    def corpus(self, corpus_id: str) -> Corpus:
        """Returns one, or raises NotFound."""

    def documents(self, corpus_id: str) -> list[DocumentLine]:
        """Returns its documents without their texts."""

    def document(self, document_id: str) -> Document:
        """Returns one document with its text."""

    def whole(self, corpus_id: str) -> list[Passage]:
        """Returns every document as one passage."""

    def tokens(self, corpus_id: str) -> int:
        """Returns about how many tokens its documents have."""

    def index(
        self,
        corpus_id: str,
        *,
        progress: Progress = silent,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Corpus:
        """Brings the index up to date."""

    def search_many(
        self,
        corpus_id: str,
        questions: Sequence[str],
        k: int = 4,
        mode: RetrievalMode = RetrievalMode.HYBRID,
        *,
        progress: Progress = silent,
    ) -> list[list[Passage]]:
        """Returns the best passages for each question."""

    def nearest(self, questions: Sequence[str], pool: Sequence[str], k: int) -> list[list[int]]:
        """Returns, for each question, the places in the pool of the most alike, best first."""

    def gold(self, corpus_id: str) -> list[Gold]:
        """Returns where answers are known to stand."""

    def keep_gold(self, corpus_id: str, gold: Sequence[Gold]) -> int:
        """Keeps where answers stand; returns how many there are."""

    def measure(
        self,
        corpus_id: str,
        questions: Sequence[tuple[str, str]] | None = None,
        modes: Sequence[RetrievalMode] = tuple(RetrievalMode),
        *,
        progress: Progress = silent,
    ) -> list[RetrievalScore]:
        """Returns how well passages are found, by mode."""


class Estimating(Protocol):
    """The part of the estimate service that the ladder uses."""

    def count_tokens(self, texts: Sequence[str], model: str) -> list[int]:
        """Returns the exact number of tokens of each text for a model."""

    def speed(self, base_model_id: str, method: str) -> Figure:
        """Returns tokens per second of training here."""

    def all(self, project_id: str) -> list[Estimate]:
        """Returns what was expected of a project's work, with what came of it."""

    def methods(self, project_id: str, model_id: str | None = None) -> list[MethodOption]:
        """Returns ways to fine-tune, side by side."""


class Costing(Protocol):
    """The part of the costing service that the ladder uses."""

    def answer_cost(
        self,
        model_id: str,
        tokens_in: float | None,
        tokens_out: float | None,
        seconds: float | None,
        project_id: str | None = None,
    ) -> Figure:
        """Returns USD for 1,000 answers; mid is None when no price is known."""

    def paid_hour(self, project_id: str) -> float | None:
        """Returns USD for an hour of this machine as a person put it in; None when nobody did."""
