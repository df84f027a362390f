"""Playground: talk to a model, and say what each answer was worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from studio.domain.datasets import Message
from studio.domain.errors import InvalidInput, WorkerFailed
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Feedback, Inference
from studio.domain.interfaces import Answer, TextGenerator
from studio.domain.models import ModelHandle
from studio.domain.values import new_id, now
from studio.services.feedback import FeedbackService
from studio.services.models import ModelService
from studio.store.feedback import FeedbackStore


class PlaygroundService:
    """What a user can do with single answers."""

    def __init__(
        self,
        feedback: FeedbackStore,
        models: ModelService,
        generator: TextGenerator,
        said: FeedbackService,
    ) -> None:
        self._feedback, self._models, self._generator = feedback, models, generator
        self._said = said

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
        kept, _ = self._said.add(
            inference_id,
            thumb_up=thumb_up,
            correction=correction,
            comment=comment,
            rater=rater,
            project_id=project_id,
        )
        return kept

    def recent(self, project_id: str, limit: int = 50) -> list[Inference]:
        """Returns the project's last answers, newest first."""
        return self._feedback.inferences(project_id, limit=limit)

    def feedback_for(self, inference_id: str) -> list[Feedback]:
        """Returns everything said of an answer, oldest first; NotFound without such an answer."""
        return self._said.for_inference(inference_id)

    def thumbs(self, inference_ids: Sequence[str]) -> dict[str, bool]:
        """Returns the thumb that counts now, the last one given; answers without one are absent."""
        return self._said.thumbs(inference_ids)

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
