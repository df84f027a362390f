"""Inference: one answered request; Feedback: a thumb or comment on it, or the answer to learn."""

from __future__ import annotations

from datetime import datetime

from studio.domain.datasets import Message
from studio.domain.evaluation import Decoding
from studio.domain.values import Value


class Inference(Value):
    """One answered request, kept as it was."""

    id: str
    project_id: str
    model_id: str
    model_name: str
    messages: tuple[Message, ...]
    decoding: Decoding
    output: str
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    seconds: float | None = None
    metadata: dict[str, str] = {}
    """What the client that asked wants to find it by; empty for answers asked for in the studio."""
    created_at: datetime


class Feedback(Value):
    """What a person said about an answer. Append-only: a changed mind is a new row."""

    id: str
    inference_id: str
    thumb_up: bool | None = None
    """True up, False down, None when only a comment or correction was given."""
    correction: str | None = None
    """The answer it should have been."""
    comment: str | None = None
    rater: str
    created_at: datetime
