"""Fixtures of the tests of retrieval: a shelf, a corpus on it, and that corpus indexed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.domain.retrieval import Corpus
from tests.unit.services.shelf import DELIVERY, RETURNS, WARRANTY, Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path)
    yield shelf
    shelf.embedder.go_on.set()
    shelf.service.close()
    shelf.database.close()


@pytest.fixture
def corpus(shelf: Shelf) -> Corpus:
    """Three documents, not indexed."""
    made = shelf.service.create("project_1", "Terms")
    shelf.add(made, delivery=DELIVERY, returns=RETURNS, warranty=WARRANTY)
    return shelf.service.corpus(made.id)


@pytest.fixture
def indexed(shelf: Shelf, corpus: Corpus) -> Corpus:
    return shelf.service.index(corpus.id)
