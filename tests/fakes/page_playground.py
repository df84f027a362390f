"""A playground that answers at once with the words it was given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from studio.domain.datasets import Message
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Counted, Feedback, Inference, Preference
from tests.fakes.page_values import START


class FakePlayground:
    """Answers with the words it was given."""

    def __init__(self) -> None:
        self.pieces: list[str] = ["bil", "ling"]
        self.failure: Exception | None = None
        self.asked: list[tuple[str, list[Message]]] = []
        self.given: list[dict[str, Any]] = []
        self.sessions: list[str] = []
        self.marks: dict[str, Any] = {}
        """Further fields of the answers that are kept."""

    def stream(
        self,
        *,
        model_id: str,
        messages: list[Message],
        decoding: Decoding,
        project_id: str,
        session: str = "",
    ) -> Iterator[str | Inference]:
        self.asked.append((model_id, messages))
        self.sessions.append(session)
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
            **self.marks,
        )


class FakeFeedback:
    """Keeps what is said of the answers of a playground, with what was asked there."""

    def __init__(self, playground: FakePlayground) -> None:
        self.given = playground.given
        self.taken: list[tuple[str, str, str]] = []

    def add(self, inference_id: str, *, rater: str, **given: Any) -> tuple[Feedback, Counted]:
        self.given.append({"inference_id": inference_id, **given})
        kept = Feedback(
            id="fb_1", inference_id=inference_id, rater=rater, created_at=START, **given
        )
        return kept, Counted(sentence="It counts towards no training.")

    def prefer(
        self, inference_a: str, inference_b: str, winner: Any, *, shown_first: Any, rater: str
    ) -> Preference:
        self.taken.append((inference_a, inference_b, winner))
        return Preference(
            id="preference_1",
            inference_a=inference_a,
            inference_b=inference_b,
            winner=winner,
            shown_first=shown_first,
            blind=False,
            rater=rater,
            created_at=START,
        )
