"""Past feedback: a row of a file becomes an answer and what was said of it, or is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from studio.domain.datasets import Message
from studio.domain.errors import InvalidInput

COLUMNS = ("question", "answer", "thumb", "correction", "comment", "rater", "created_at")
"""What is read of a row; the first two it must have."""
NEEDED = COLUMNS[:2]
UP = frozenset({"up", "👍", "true", "1", "+1", "yes", "good", "positive", "like"})
DOWN = frozenset({"down", "👎", "false", "0", "-1", "no", "bad", "negative", "dislike"})
NOBODY = "imported"
"""Who said something, where the file does not tell."""
LONGEST_RATER = 80
LONGEST_TEXT = 100_000
AHEAD = timedelta(days=1)
"""How far a clock elsewhere may be ahead."""


class Past(NamedTuple):
    """What was said of an answer elsewhere."""

    messages: tuple[Message, ...]
    answer: str
    thumb_up: bool | None
    correction: str | None
    comment: str | None
    rater: str
    created_at: datetime | None
    """None where the file does not tell."""

    def answer_mark(self, deployment_id: str) -> str:
        """Returns what is the same for the same answer to the same question."""
        asked = [[turn.role, turn.content] for turn in self.messages]
        return _mark(deployment_id, asked, self.answer)

    def mark(self, deployment_id: str) -> str:
        """Returns what is the same when the same was said of it by the same person."""
        told = None if self.created_at is None else self.created_at.isoformat()
        said = [self.thumb_up, self.correction, self.comment, self.rater, told]
        return _mark(self.answer_mark(deployment_id), said)


def past(values: Mapping[str, Any], names: Mapping[str, str], now: datetime) -> Past:
    """Returns what a row says.

    Args:
        values: the row, by column.
        names: column of the file → one of ours; those left out go by their own name.
        now: nothing can have been said later.

    Raises:
        InvalidInput: saying what of the row cannot be used.
    """
    row = {names.get(column, column).strip().casefold(): value for column, value in values.items()}
    messages, answer = _question(row.get("question")), _text(row, "answer")
    if not answer:
        raise InvalidInput("There is no answer.")
    thumb, correction, comment = _thumb(row), _text(row, "correction"), _text(row, "comment")
    if thumb is None and not correction and not comment:
        raise InvalidInput("Nothing is said: thumb, correction and comment are empty.")
    rater = " ".join((_text(row, "rater") or NOBODY).split())
    if len(rater) > LONGEST_RATER:
        raise InvalidInput(f"The rater's name has {len(rater)} characters, more than 80.")
    return Past(messages, answer, thumb, correction, comment, rater, _moment(row, now))


def _question(told: Any) -> tuple[Message, ...]:
    if not isinstance(told, list):
        text = "" if told is None else str(told).strip()
        if not text:
            raise InvalidInput("There is no question.")
        return (Message(role="user", content=_fitting("question", text)),)
    messages = []
    for turn in told:
        role = turn.get("role") if isinstance(turn, dict) else None
        content = turn.get("content") if isinstance(turn, dict) else None
        if role not in ("system", "user", "assistant") or not isinstance(content, str):
            raise InvalidInput("The question is a list, but not of turns with role and content.")
        messages.append(Message(role=role, content=_fitting("question", content)))
    if not messages or messages[-1].role != "user":
        raise InvalidInput("The question does not end with what the user asked.")
    return tuple(messages)


def _text(row: Mapping[str, Any], name: str) -> str | None:
    told = row.get(name)
    text = "" if told is None else str(told).strip()
    return _fitting(name, text) if text else None


def _fitting(name: str, text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise InvalidInput(f"The {name} has {len(text):,} characters, more than {LONGEST_TEXT:,}.")
    return text


def _thumb(row: Mapping[str, Any]) -> bool | None:
    text = (_text(row, "thumb") or "").casefold().removesuffix(".0")
    if not text:
        return None
    if text not in UP | DOWN:
        raise InvalidInput(f"The thumb is {text[:40]!r}, neither up nor down.")
    return text in UP


def _moment(row: Mapping[str, Any], now: datetime) -> datetime | None:
    text = _text(row, "created_at")
    if text is None:
        return None
    try:
        told = datetime.fromisoformat(text)
        moment = (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"created_at is {text[:40]!r}, no moment such as 2026-11-24T09:30:00Z."
        ) from error
    if moment > now + AHEAD:
        raise InvalidInput(f"created_at is {text[:40]!r}, which is yet to come.")
    return moment


def _mark(*parts: object) -> str:
    whole = json.dumps(parts, ensure_ascii=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:32]
