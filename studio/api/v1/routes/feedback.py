"""Routes of feedback: what people say of an answer, sent to the answer's id. OpenAI has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from studio.api.v1 import ids
from studio.api.v1.shapes.feedback import FeedbackAsked, FeedbackObject, told

if TYPE_CHECKING:
    from studio.services.container import Services

TEXT = "cmpl-"
"""How answers to bare texts begin; they are kept like all others."""


def router(services: Services) -> APIRouter:
    """Returns the routes."""
    routes = APIRouter(prefix="/chat/completions")

    @routes.post("/{completion_id}/feedback")
    def create(request: Request, completion_id: str, asked: FeedbackAsked) -> FeedbackObject:
        prefix = TEXT if completion_id.startswith(TEXT) else None
        kept = services.playground.feedback(
            ids.ours(completion_id, "inference", prefix=prefix, word="completion"),
            thumb_up=None if asked.thumb is None else asked.thumb == "up",
            correction=asked.correction,
            comment=asked.comment,
            rater=asked.user,
            # Without a key an answer lies in the project of the model that gave it.
            project_id=request.state.caller.project_id,
        )
        return told(kept, completion_id)

    return routes
