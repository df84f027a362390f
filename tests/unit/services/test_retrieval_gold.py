"""Passages are noted by hand as holding an answer, and the search is measured with them."""

from __future__ import annotations

import pytest

from studio.core.retrieval.gold import question_hash
from studio.domain.errors import InvalidInput, NotFound
from studio.domain.retrieval import Corpus, Passage
from tests.unit.services.shelf import Shelf

QUESTION = "How many days may goods be returned?"


@pytest.fixture
def found(shelf: Shelf, indexed: Corpus) -> list[Passage]:
    return shelf.service.search(indexed.id, QUESTION, 3)


def test_a_noted_passage_measures_the_search(
    shelf: Shelf, indexed: Corpus, found: list[Passage]
) -> None:
    second = found[1]
    (gold,) = shelf.service.note_gold(indexed.id, f" {QUESTION} ", second.chunk.id)
    assert (gold.question, gold.prompt_hash) == (QUESTION, question_hash(QUESTION))
    assert (gold.document_key, gold.start, gold.end) == (
        second.document_key,
        second.chunk.start,
        second.chunk.end,
    )
    (score,) = [one for one in shelf.service.measure(indexed.id) if one.mode == "keyword"]
    assert (score.n, score.hit_at_5) == (1, 1.0)


def test_noting_twice_is_noting_once_and_it_is_taken_back(
    shelf: Shelf, indexed: Corpus, found: list[Passage]
) -> None:
    for _ in range(2):
        shelf.service.note_gold(indexed.id, QUESTION, found[0].chunk.id)
    assert len(shelf.service.gold(indexed.id)) == 1
    other = shelf.service.note_gold(indexed.id, QUESTION, found[1].chunk.id, "hash of an example")
    assert {one.prompt_hash for one in other} == {question_hash(QUESTION), "hash of an example"}
    left = shelf.service.note_gold(indexed.id, QUESTION, found[0].chunk.id, holds=False)
    assert [one.prompt_hash for one in left] == ["hash of an example"]


def test_what_is_no_passage_or_no_question_is_not_noted(
    shelf: Shelf, indexed: Corpus, found: list[Passage]
) -> None:
    with pytest.raises(NotFound, match="no longer"):
        shelf.service.note_gold(indexed.id, QUESTION, "chunk_gone")
    with pytest.raises(InvalidInput, match="no question"):
        shelf.service.note_gold(indexed.id, "  ", found[0].chunk.id)
    assert shelf.service.gold(indexed.id) == []
