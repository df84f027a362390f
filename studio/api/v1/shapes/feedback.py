"""Shapes of feedback."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from studio.api.v1.shapes.shape import Asked, Shape
from studio.domain.feedback import Feedback


class FeedbackAsked(Asked):
    """What a person says of an answer: a thumb, the answer it should have been, a comment."""

    thumb: Literal["up", "down"] | None = None
    correction: str | None = None
    comment: str | None = None
    user: Annotated[str, StringConstraints(min_length=1, max_length=80)] = "api"


class FeedbackObject(Shape):
    """One piece of feedback as it was kept."""

    id: str
    object: Literal["chat.completion.feedback"] = "chat.completion.feedback"
    completion_id: str
    created_at: int
    thumb: Literal["up", "down"] | None
    correction: str | None
    comment: str | None
    user: str


def told(kept: Feedback, completion_id: str) -> FeedbackObject:
    """Returns feedback as the wire tells it."""
    thumb: Literal["up", "down"] | None = None
    if kept.thumb_up is not None:
        thumb = "up" if kept.thumb_up else "down"
    return FeedbackObject(
        id=kept.id,
        completion_id=completion_id,
        created_at=int(kept.created_at.timestamp()),
        thumb=thumb,
        correction=kept.correction,
        comment=kept.comment,
        user=kept.rater,
    )
