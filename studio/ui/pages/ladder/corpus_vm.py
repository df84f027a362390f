"""The documents of a project: brought in, indexed, searched, and how well that finds answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from studio.domain.errors import InvalidInput
from studio.domain.retrieval import (
    Corpus,
    CorpusStatus,
    Gold,
    Passage,
    Refusal,
    RetrievalMode,
    RetrievalScore,
)
from studio.ui.pages import figures

if TYPE_CHECKING:
    from studio.services.container import Services

LONG_CONTEXT = 200_000
"""Tokens below which all documents may go into the prompt (Anthropic, contextual retrieval)."""
ACCEPT = ".txt,.md,.html,.htm,.pdf,.docx,.jsonl"


@dataclass(kw_only=True)
class CorpusPage:
    """One body of documents; the project may have several."""

    services: Services
    project_id: str
    corpora: tuple[Corpus, ...] = ()
    corpus_id: str = ""
    tokens: int = 0
    refused: list[Refusal] = field(default_factory=list)
    """Of the uploads since the page was opened."""
    batch: list[tuple[int, int]] = field(default_factory=list)
    """Documents and refusals of each file of the batch that is arriving."""
    passages: list[Passage] | None = None
    """Found by the last search; None before the first."""
    question: str = ""
    """What was searched for last."""
    gold: tuple[Gold, ...] = ()
    """Where answers are known to stand."""
    asked: tuple[tuple[str, str], ...] = ()
    """Hash and words of the evidence's questions."""
    scores: list[RetrievalScore] = field(default_factory=list)

    def load(self) -> None:
        """Reads the corpora anew; keeps to the chosen one while it exists."""
        retrieval = self.services.retrieval
        self.corpora = tuple(retrieval.corpora(self.project_id))
        known = [corpus.id for corpus in self.corpora]
        if self.corpus_id not in known:
            self.corpus_id = known[0] if known else ""
        self.tokens = retrieval.tokens(self.corpus_id) if self.corpus_id else 0
        self.gold = tuple(retrieval.gold(self.corpus_id)) if self.corpus_id else ()

    @property
    def n_gold(self) -> int:
        """How many places of answers are known."""
        return len(self.gold)

    @property
    def corpus(self) -> Corpus | None:
        """The chosen one."""
        return next((one for one in self.corpora if one.id == self.corpus_id), None)

    @property
    def upload_url(self) -> str:
        """Where files go; without a corpus the first file makes one."""
        url = f"/ui-data/projects/{quote(self.project_id)}/documents"
        return f"{url}?corpus={quote(self.corpus_id)}" if self.corpus_id else url

    @property
    def rows_url(self) -> str:
        """Where the rows of the documents' table come from."""
        return f"/ui-data/corpora/{quote(self.corpus_id)}/documents"

    def took(self, answer: dict[str, Any]) -> str:
        """Takes over what came of a file; after the last of several, returns it in a sentence."""
        self.corpus_id = str(answer.get("corpus", self.corpus_id))
        refused = [
            Refusal(name=str(one["name"]), reason=str(one["reason"]))
            for one in answer.get("refused", [])
        ]
        self.refused += refused
        self.batch.append((int(answer.get("documents", 0)), len(refused)))
        if answer.get("waiting"):
            return ""
        batch, self.batch = self.batch, []
        n, n_refused = (sum(one[part] for one in batch) for part in (0, 1))
        said = f"{figures.many(n, 'document')} brought in"
        return f"{said}, {n_refused:,} refused." if n_refused else f"{said}."

    @property
    def size(self) -> str:
        """How much there is, in words."""
        corpus = self.corpus
        if corpus is None:
            return ""
        return (
            f"{figures.many(corpus.n_documents, 'document')}, {corpus.n_words:,} words, about "
            f"{self.tokens:,} tokens (estimated from words)"
        )

    @property
    def can_index(self) -> bool:
        """True when there is something new to index."""
        corpus = self.corpus
        waiting = (CorpusStatus.STALE, CorpusStatus.FAILED)
        return corpus is not None and bool(corpus.n_documents) and corpus.status in waiting

    @property
    def indexing(self) -> bool:
        """True while the index is being made."""
        return self.corpus is not None and self.corpus.status is CorpusStatus.INDEXING

    @property
    def searchable(self) -> bool:
        """True when passages can be found."""
        return self.corpus is not None and self.corpus.status is CorpusStatus.READY

    @property
    def long_context(self) -> str:
        """Whether all documents could simply go into the prompt."""
        if not self.tokens:
            return ""
        if self.tokens < LONG_CONTEXT:
            return (
                f"About {self.tokens:,} tokens: below {LONG_CONTEXT:,} all documents may go into "
                "the prompt, if the model reads that much. No retrieval can go wrong then."
            )
        return (
            f"About {self.tokens:,} tokens: more than the {LONG_CONTEXT:,} that are worth putting "
            "into every prompt. Retrieval it is."
        )

    def start_index(self) -> Corpus:
        """Begins to index in the background."""
        return self.services.retrieval.start_index(self.corpus_id)

    def cancel_index(self) -> None:
        """Stops the indexing under way."""
        self.services.retrieval.cancel_index(self.corpus_id)

    def search(self, question: str, mode: RetrievalMode, k: int = 5) -> None:
        """Finds passages for a question."""
        if not question.strip():
            raise InvalidInput("Write a question to search with.")
        if not self.asked:
            self.asked = tuple(_questions(self.services, self.project_id))
        self.question = question.strip()
        self.passages = list(
            self.services.retrieval.search(self.corpus_id, question.strip(), k, mode)
        )

    def next_question(self) -> str:
        """Returns the evidence's next question that no passage is known for; empty without one."""
        if not self.asked:
            self.asked = tuple(_questions(self.services, self.project_id))
        noted = {one.prompt_hash for one in self.gold}
        words = [question for _, question in self.asked]
        begin = words.index(self.question) + 1 if self.question in words else 0
        for hashed, question in (*self.asked[begin:], *self.asked[:begin]):
            if hashed not in noted and question != self.question:
                return question
        return ""

    def holds(self, passage: Passage) -> bool:
        """True when the passage is noted as holding the answer to what was searched for."""
        place = (passage.document_key, passage.chunk.start, passage.chunk.end)
        return any((one.document_key, one.start, one.end) == place for one in self._places())

    def known(self, passage: Passage) -> bool:
        """True when a file said that the answer stands within the passage."""
        return any(
            one.document_key == passage.document_key
            and passage.chunk.start <= one.start
            and one.end <= passage.chunk.end
            for one in self._places()
        )

    def note(self, passage: Passage, question: str, holds: bool) -> None:
        """Notes that a passage holds the answer to a question, or takes that back."""
        hashed = next((known for known, words in self.asked if words == question), None)
        self.gold = tuple(
            self.services.retrieval.note_gold(
                self.corpus_id, question, passage.chunk.id, hashed, holds=holds
            )
        )

    def _places(self) -> list[Gold]:
        hashed = {known for known, words in self.asked if words == self.question}
        same = self.question
        return [one for one in self.gold if one.question == same or one.prompt_hash in hashed]

    def measure(self, progress: Callable[[str, float | None], None]) -> None:
        """Measures how often the right passage is found, on every question whose place is known."""
        self.scores = list(self.services.retrieval.measure(self.corpus_id, progress=progress))

    def remove_document(self, document_id: str) -> None:
        """Takes a document out."""
        self.services.retrieval.remove_document(document_id)


def _questions(services: Services, project_id: str) -> list[tuple[str, str]]:
    suite = services.ladder.suite(project_id)
    if suite is None:
        return []
    rows = services.datasets.examples(suite.version_id, suite.split)
    said = [
        (row.prompt_hash, [turn.content.strip() for turn in row.prompt if turn.role == "user"])
        for row in rows
    ]
    return [(hashed, turns[-1]) for hashed, turns in said if turns and turns[-1]]


def found(passage: Passage) -> str:
    """How a passage was found, in words."""
    parts = []
    if passage.keyword_rank is not None:
        parts.append(f"words: place {passage.keyword_rank}")
    if passage.meaning_rank is not None:
        parts.append(f"meaning: place {passage.meaning_rank}")
    return ", ".join(parts)
