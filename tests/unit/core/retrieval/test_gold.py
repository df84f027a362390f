"""Rows say where answers stand; what they say is checked against the documents."""

from __future__ import annotations

from typing import Any

import pytest

from studio.core.retrieval.gold import gold_of, question_hash
from studio.core.splits import prompt_hash
from studio.domain.datasets import Message
from studio.domain.errors import InvalidDataset

TEXT = "Delivery takes two days. Returns take thirty days. Abroad it takes two days more."
TEXTS = {"7": TEXT}


def row(**changes: Any) -> dict[str, Any]:
    whole = {"question": "How long?", "answer": "thirty days", "document_id": 7, "answer_start": 38}
    return {**whole, **changes}


def test_a_row_gives_the_place_and_the_hash_of_its_example() -> None:
    gold = gold_of(row(), "corpus_1", TEXTS)
    assert (gold.corpus_id, gold.document_key, gold.question) == ("corpus_1", "7", "How long?")
    assert TEXT[gold.start : gold.end] == "thirty days"
    example = [
        Message(role="system", content="Be brief."),
        Message(role="user", content="how  LONG?"),
    ]
    assert gold.prompt_hash == question_hash("How long?") == prompt_hash(example)


def test_a_place_that_is_off_by_little_is_mended() -> None:
    gold = gold_of(row(answer="two days", answer_start=70), "c", TEXTS)
    assert gold.start == TEXT.rindex("two days")


def test_an_answer_that_stands_once_needs_no_place() -> None:
    assert gold_of(row(answer_start=None), "c", TEXTS).start == 38


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"document_id": 8}, "no document '8'"),
        ({"document_id": None}, "no `document_id`"),
        ({"question": ""}, "no `question`"),
        ({"answer": "  "}, "no `answer`"),
        ({"answer": 3}, "no `answer`"),
        ({"answer": "forty days"}, "does not stand at character 38"),
        ({"answer_start": 5000}, "does not stand at character 5000"),
        ({"answer_start": -5, "answer": "four"}, "does not stand at character -5"),
        ({"answer": "two days", "answer_start": None}, "2 times"),
        ({"answer": "forty", "answer_start": None}, "not in the document"),
        ({"question": ["a"]}, "a list"),
    ],
)
def test_a_row_whose_place_cannot_be_known_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidDataset, match=reason):
        gold_of(row(**changes), "c", TEXTS)
