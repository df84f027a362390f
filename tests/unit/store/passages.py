"""Corpora, documents and chunks for the store's tests, with every field changeable."""

from __future__ import annotations

from typing import Any

from studio.domain.retrieval import Chunk, Corpus, Document
from studio.domain.values import now
from studio.store.chunks import Cut, Window


def corpus(id: str, **changes: Any) -> Corpus:
    return Corpus(id=id, project_id="project_1", name="Articles", created_at=now()).with_(**changes)


def document(key: str, **changes: Any) -> Document:
    return Document(
        id=f"doc_{key}",
        corpus_id="corpus_1",
        key=key,
        title=f"Title {key}",
        kind="txt",
        sha256="0" * 64,
        n_words=1,
        text=f"Text of {key}.",
        created_at=now(),
    ).with_(**changes)


def chunk(document_id: str, position: int = 0, **changes: Any) -> Chunk:
    return Chunk(
        id=f"chunk_{document_id}_{position}",
        document_id=document_id,
        position=position,
        start=10 * position,
        end=10 * position + 4,
        text="text",
        heading="Heading",
    ).with_(**changes)


def cut(document_id: str, hashes: str, position: int = 0) -> Cut:
    """Returns a chunk with a window for each letter of `hashes`."""
    windows = tuple(Window(f"Window {letter}", letter) for letter in hashes)
    return Cut(chunk(document_id, position), windows)
