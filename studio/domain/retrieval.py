"""Corpus → Documents → Chunks that are searched; Passage: a chunk found; how well that works."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from studio.domain.values import Value


class RetrievalMode(StrEnum):
    """How passages are found."""

    KEYWORD = "keyword"
    """BM25: the words of the question."""
    MEANING = "meaning"
    """Embeddings: what the question is about."""
    HYBRID = "hybrid"
    """Both, fused by reciprocal rank."""


class CorpusStatus(StrEnum):
    """State of a corpus's index."""

    EMPTY = "empty"
    STALE = "stale"
    """Documents changed since it was indexed."""
    INDEXING = "indexing"
    READY = "ready"
    FAILED = "failed"


class Corpus(Value):
    """A named body of documents, searched as one."""

    id: str
    project_id: str
    name: str
    status: CorpusStatus = CorpusStatus.EMPTY
    message: str = ""
    """What is being done, what stands in the way, or what searches cannot do."""
    progress: float | None = None
    """Share of the present indexing that is done; None when none is under way or not known."""
    embedding_model: str = ""
    """Name and revision of the model that made the vectors; empty before the first index."""
    chunk_words: int = 180
    """Longest chunk in words."""
    overlap_words: int = 30
    """Words a chunk repeats of the one before it."""
    n_documents: int = 0
    n_chunks: int = 0
    n_words: int = 0
    created_at: datetime
    indexed_at: datetime | None = None


class Document(Value):
    """One document's text as it was read."""

    id: str
    corpus_id: str
    key: str
    """The client's own name for it: file name, or `document_id` of a JSONL row."""
    title: str
    kind: str
    """txt, md, html, pdf, docx or jsonl."""
    sha256: str
    """Of the text."""
    n_words: int
    text: str
    created_at: datetime


class DocumentLine(Value):
    """A document without its text, as lists show it."""

    id: str
    corpus_id: str
    key: str
    title: str
    kind: str
    n_words: int
    created_at: datetime


class Refusal(Value):
    """A file or row that did not become a document, and why."""

    name: str
    reason: str


class Added(Value):
    """What came of a file that was brought in."""

    documents: tuple[DocumentLine, ...] = ()
    refused: tuple[Refusal, ...] = ()


class Chunk(Value):
    """A stretch of a document, the unit that is found and cited."""

    id: str
    document_id: str
    position: int
    """0, 1, 2 … within the document."""
    start: int
    """First character in the document's text."""
    end: int
    text: str
    heading: str = ""
    """The nearest heading above it."""


class GoldAdded(Value):
    """What came of a file that says where answers stand."""

    n: int
    """Rows whose answer's place is known now."""
    refused: tuple[Refusal, ...] = ()


class Passage(Value):
    """A chunk found for a question."""

    chunk: Chunk
    document_key: str
    title: str
    rank: int
    """1 is best."""
    score: float
    """Fused score, comparable within one search only."""
    keyword_rank: int | None = None
    meaning_rank: int | None = None


class Gold(Value):
    """Where the answer to a question stands; several rows may answer one question."""

    corpus_id: str
    prompt_hash: str
    """Of the question, as in `Example.prompt_hash`."""
    document_key: str
    start: int
    end: int
    question: str = ""
    """The question's words, where they are known; searches are measured with them."""


class RetrievalScore(Value):
    """How well passages were found, over questions whose right passage is known."""

    mode: RetrievalMode
    n: int
    hit_at_1: float
    hit_at_5: float
    hit_at_10: float
    mrr: float
    """Mean of 1/rank of the first right passage, 0 where none was among the first ten."""
    ndcg_at_10: float
