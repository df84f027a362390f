"""Playground: talk to a model, and say what each answer was worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from studio.domain.datasets import Message
from studio.domain.errors import InvalidInput, NotFound, WorkerFailed
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Feedback, Inference
from studio.domain.interfaces import Answer, TextGenerator
from studio.domain.models import ModelHandle
from studio.domain.values import new_id, now
from studio.services.models import ModelService
from studio.store.feedback import FeedbackStore

LONGEST_REMARK = 100_000
"""Characters of a correction or comment; more is a file, not a remark."""


class PlaygroundService:
    """What a user can do with single answers."""

    def __init__(
        self, feedback: FeedbackStore, models: ModelService, generator: TextGenerator
    ) -> None:
        self._feedback, self._models, self._generator = feedback, models, generator

    def stream(
        self, *, model_id: str, messages: Sequence[Message], decoding: Decoding, project_id: str
    ) -> Iterator[str | Inference]:
        """Yields pieces of the answer, then the Inference once it is kept.

        Raises:
            NotFound: when there is no such model.
            InvalidInput: when the conversation does not end with a question.
            WorkerFailed: when the answer broke off.
        """
        _check_conversation(messages)
        return self._pieces(self._models.resolve(model_id), messages, decoding, project_id)

    def answer(
        self, *, model_id: str, messages: Sequence[Message], decoding: Decoding, project_id: str
    ) -> Inference:
        """Returns the whole answer once it is kept; raises as `stream` does."""
        _check_conversation(messages)
        model = self._models.resolve(model_id)
        (answer,) = self._generator.generate(model, [messages], decoding)
        return self._kept(model, messages, decoding, project_id, answer)

    def feedback(
        self,
        inference_id: str,
        *,
        thumb_up: bool | None = None,
        correction: str | None = None,
        comment: str | None = None,
        rater: str = "local user",
        project_id: str | None = None,
    ) -> Feedback:
        """Keeps what a person says of an answer; the latest word counts, earlier ones stay.

        Raises:
            NotFound: when there is no such answer, or it is another project's than the one given.
            InvalidInput: when nothing is said, or a correction is empty.
        """
        if correction is not None and not correction.strip():
            raise InvalidInput(
                "The correction is empty.", hint="Write the answer it should have been."
            )
        comment = (comment or "").strip() or None
        if thumb_up is None and correction is None and comment is None:
            raise InvalidInput(
                "There is nothing to keep.", hint="Give a thumb, a correction or a comment."
            )
        for remark in (correction or "", comment or ""):
            if len(remark) > LONGEST_REMARK:
                raise InvalidInput(
                    f"A correction or comment has at most {LONGEST_REMARK:,} characters, this one "
                    f"has {len(remark):,}."
                )
        if project_id not in (None, self._feedback.inference(inference_id).project_id):
            raise NotFound(f"There is no answer {inference_id} in this project.")
        said = Feedback(
            id=new_id("feedback"),
            inference_id=inference_id,
            thumb_up=thumb_up,
            correction=correction,
            comment=comment,
            rater=_name(rater),
            created_at=now(),
        )
        self._feedback.add(said)
        return said

    def recent(self, project_id: str, limit: int = 50) -> list[Inference]:
        """Returns the project's last answers, newest first."""
        return self._feedback.inferences(project_id, limit=limit)

    def feedback_for(self, inference_id: str) -> list[Feedback]:
        """Returns everything said of an answer, oldest first; NotFound without such an answer."""
        self._feedback.inference(inference_id)
        return self._feedback.for_inference(inference_id)

    def thumbs(self, inference_ids: Sequence[str]) -> dict[str, bool]:
        """Returns the thumb that counts now, the last one given; answers without one are absent."""
        return self._feedback.latest_thumbs(inference_ids)

    def _pieces(
        self,
        model: ModelHandle,
        messages: Sequence[Message],
        decoding: Decoding,
        project_id: str,
    ) -> Iterator[str | Inference]:
        for piece in self._generator.stream(model, messages, decoding):
            if isinstance(piece, Answer):
                yield self._kept(model, messages, decoding, project_id, piece)
                return
            yield piece
        raise WorkerFailed(
            f"{model.name} stopped before its answer was complete.", hint="Ask again."
        )

    def _kept(
        self,
        model: ModelHandle,
        messages: Sequence[Message],
        decoding: Decoding,
        project_id: str,
        answer: Answer,
    ) -> Inference:
        """Keeps the answer; only then may anybody be told that it can be rated."""
        inference = Inference(
            id=new_id("inference"),
            project_id=project_id,
            model_id=model.id,
            model_name=model.name,
            messages=tuple(messages),
            decoding=decoding,
            output=answer.text,
            prompt_tokens=answer.prompt_tokens,
            output_tokens=answer.output_tokens,
            seconds=answer.seconds,
            created_at=now(),
        )
        self._feedback.add_inference(inference)
        return inference


def _check_conversation(messages: Sequence[Message]) -> None:
    if not messages or messages[-1].role != "user" or not messages[-1].content.strip():
        raise InvalidInput(
            "The conversation does not end with a question.", hint="Write what the model is asked."
        )


def _name(rater: str) -> str:
    name = " ".join(rater.split())
    if not name or len(name) > 80:
        raise InvalidInput(f"A rater's name has 1 to 80 characters, this one has {len(name)}.")
    return name
