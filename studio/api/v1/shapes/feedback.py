"""Shapes of feedback."""

from __future__ import annotations

from typing import Any, Literal

from studio.api.v1.shapes.shape import Asked
from studio.domain.feedback import Counted, Feedback

Thumb = Literal["up", "down"]


class Said(Asked):
    """What a person says of an answer: a thumb, the answer it should have been, a comment."""

    thumb: Thumb | None = None
    correction: str | None = None
    comment: str | None = None


class FeedbackAsked(Said):
    """The same, of the answer that it names."""

    completion_id: str
    rater: str | None = None


class FeedbackOn(Said):
    """The same, of the answer whose address it is sent to."""

    user: str | None = None


def told(kept: Feedback, counted: Counted, completion_id: str) -> dict[str, Any]:
    """Returns feedback as the wire tells it, with what it counted towards."""
    thumb = None if kept.thumb_up is None else "up" if kept.thumb_up else "down"
    return {
        "id": kept.id,
        "object": "feedback",
        "completion_id": completion_id,
        "created_at": int(kept.created_at.timestamp()),
        "thumb": thumb,
        "correction": kept.correction,
        "comment": kept.comment,
        "rater": kept.rater,
        "counted": counted.model_dump(),
    }


def told_on(kept: Feedback, counted: Counted, completion_id: str) -> dict[str, Any]:
    """Returns the same as the answer's own address tells it."""
    whole = told(kept, counted, completion_id)
    return {**whole, "object": "chat.completion.feedback", "user": whole.pop("rater")}
