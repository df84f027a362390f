"""A row of past feedback says something, or is refused with the reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from studio.core.feedback.past import NOBODY, past
from studio.domain.datasets import Message
from studio.domain.errors import InvalidInput

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ROW: dict[str, Any] = {"question": "Where?", "answer": "Here.", "thumb": "up"}


def test_a_row_with_everything() -> None:
    row = {
        **ROW,
        "thumb": " 👎 ",
        "correction": "There.",
        "comment": " wrong ",
        "rater": " Anna  Berg ",
        "created_at": "2026-11-01T10:00:00+02:00",
    }
    found = past(row, {}, NOW)
    assert found.messages == (Message(role="user", content="Where?"),)
    assert (found.answer, found.thumb_up, found.correction) == ("Here.", False, "There.")
    assert (found.comment, found.rater) == ("wrong", "Anna Berg")
    assert found.created_at == datetime(2026, 11, 1, 8, tzinfo=UTC)


def test_what_is_not_told_is_not_made_up() -> None:
    found = past({**ROW, "comment": None, "rater": ""}, {}, NOW)
    assert (found.comment, found.correction, found.created_at) == (None, None, None)
    assert found.rater == NOBODY
    assert past({**ROW, "thumb": "", "comment": "hm"}, {}, NOW).thumb_up is None


def test_columns_may_be_called_otherwise() -> None:
    row = {"Frage": "Where?", "reply": "Here.", "Thumb": "good"}
    found = past(row, {"Frage": "question", "reply": "answer"}, NOW)
    assert (found.answer, found.thumb_up) == ("Here.", True)


@pytest.mark.parametrize(
    "told, up", [("1", True), (1, True), (1.0, True), (True, True), ("0", False), (False, False)]
)
def test_thumbs_in_many_spellings(told: Any, up: bool) -> None:
    assert past({**ROW, "thumb": told}, {}, NOW).thumb_up is up


def test_a_question_may_be_a_conversation() -> None:
    turns = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "Where?"},
    ]
    assert len(past({**ROW, "question": turns}, {}, NOW).messages) == 3


@pytest.mark.parametrize(
    "changes, why",
    [
        ({"question": " "}, "no question"),
        ({"question": [{"role": "user"}]}, "role and content"),
        ({"question": []}, "does not end"),
        ({"question": [{"role": "assistant", "content": "x"}]}, "does not end"),
        ({"answer": ""}, "no answer"),
        ({"thumb": ""}, "Nothing is said"),
        ({"thumb": "maybe"}, "neither up nor down"),
        ({"rater": "x" * 81}, "more than 80"),
        ({"comment": "x" * 100_001}, "more than 100,000"),
        ({"created_at": "yesterday"}, "no moment"),
        ({"created_at": (NOW + timedelta(days=2)).isoformat()}, "yet to come"),
    ],
)
def test_what_cannot_be_used_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        past({**ROW, **changes}, {}, NOW)


def test_marks_are_the_same_for_the_same_only() -> None:
    one = past(ROW, {}, NOW)
    assert one.mark("d") == past(dict(ROW), {}, NOW).mark("d")
    other = past({**ROW, "rater": "Anna"}, {}, NOW)
    assert one.answer_mark("d") == other.answer_mark("d")
    assert len({one.mark("d"), other.mark("d"), one.mark("e")}) == 3
