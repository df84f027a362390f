"""A playground that answers at once with the words it was given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from studio.domain.datasets import Message
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Feedback, Inference
from tests.fakes.page_values import START


class FakePlayground:
    """Answers with the words it was given."""

    def __init__(self) -> None:
        self.pieces: list[str] = ["bil", "ling"]
        self.failure: Exception | None = None
        self.asked: list[tuple[str, list[Message]]] = []
        self.given: list[dict[str, Any]] = []

    def stream(
        self, *, model_id: str, messages: list[Message], decoding: Decoding, project_id: str
    ) -> Iterator[str | Inference]:
        self.asked.append((model_id, messages))
        yield from self.pieces
        if self.failure is not None:
            raise self.failure
        yield Inference(
            id=f"inf_{len(self.asked)}",
            project_id=project_id,
            model_id=model_id,
            model_name=model_id,
            messages=tuple(messages),
            decoding=decoding,
            output="".join(self.pieces),
            prompt_tokens=12,
            output_tokens=2,
            seconds=0.5,
            created_at=START,
        )

    def feedback(self, inference_id: str, **given: Any) -> Feedback:
        self.given.append({"inference_id": inference_id, **given})
        return Feedback(
            id="fb_1", inference_id=inference_id, rater="local user", created_at=START, **given
        )
