"""Playground: talk to a model, and say what each answer was worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from studio.domain.datasets import Message
from studio.domain.deployments import PREFIX
from studio.domain.errors import InvalidInput, NotFound, StudioError, WorkerFailed
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Feedback, Inference
from studio.domain.interfaces import Answer, TextGenerator
from studio.domain.models import ModelHandle
from studio.domain.values import new_id, now
from studio.services.deployed import Deployed, Picked
from studio.services.feedback import FeedbackService
from studio.services.models import ModelService
from studio.store.feedback import FeedbackStore


class _Asked(NamedTuple):
    """One request, with whom it goes to."""

    model: ModelHandle
    conversation: tuple[Message, ...]
    """As the model is asked it."""
    wanted: Inference
    """As it is kept, its answer still to come."""
    picked: Picked | None


class PlaygroundService:
    """What a user can do with single answers."""

    def __init__(
        self,
        feedback: FeedbackStore,
        models: ModelService,
        generator: TextGenerator,
        said: FeedbackService,
        deployed: Deployed | None = None,
    ) -> None:
        """`deployed` answers as `deployment:NAME`; None where there are no deployments."""
        self._feedback, self._models, self._generator = feedback, models, generator
        self._said, self._deployed = said, deployed

    def stream(
        self,
        *,
        model_id: str,
        messages: Sequence[Message],
        decoding: Decoding,
        project_id: str,
        session: str = "",
    ) -> Iterator[str | Inference]:
        """Yields pieces of the answer, then the Inference once it is kept.

        `model_id` may be `deployment:NAME`; `session` then decides which revision answers.

        Raises:
            NotFound: when there is no such model.
            InvalidInput: when the conversation does not end with a question.
            WorkerFailed: when the answer broke off.
        """
        _check_conversation(messages)
        return self._pieces(self._asked(model_id, messages, decoding, project_id, session))

    def answer(
        self,
        *,
        model_id: str,
        messages: Sequence[Message],
        decoding: Decoding,
        project_id: str,
        session: str = "",
    ) -> Inference:
        """Returns the whole answer once it is kept; raises as `stream` does."""
        _check_conversation(messages)
        asked = self._asked(model_id, messages, decoding, project_id, session)
        with self._failing(asked):
            (answer,) = self._generator.generate(asked.model, [asked.conversation], decoding)
        return self._kept(asked, answer)

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

    def _asked(
        self,
        model_id: str,
        messages: Sequence[Message],
        decoding: Decoding,
        project_id: str,
        session: str,
    ) -> _Asked:
        """Returns what to ask whom."""
        given = tuple(messages)
        if self._deployed is None or not model_id.startswith(PREFIX):
            model = self._models.resolve(model_id)
            return _Asked(model, given, _inference(model, given, decoding, project_id), None)
        name = model_id.removeprefix(PREFIX)
        deployment = self._deployed.find(name)
        if deployment is None:
            raise NotFound(f"There is no deployment {name}.", hint="Choose another one.")
        picked = self._deployed.pick(deployment, session)
        gone = ModelHandle(id=picked.revision.model_id, name=picked.revision.name, base_path="")
        lost = _inference(gone, given, decoding, project_id, picked)
        with self._failing(_Asked(gone, given, lost, picked)):
            asking = self._deployed.asking(picked, [given])
        wanted = _inference(asking.handle, given, decoding, project_id, picked)
        return _Asked(asking.handle, asking.conversations[0], wanted, picked)

    @contextmanager
    def _failing(self, asked: _Asked) -> Iterator[None]:
        """Keeps that a deployment did not answer."""
        try:
            yield
        except StudioError as error:
            if asked.picked is not None and self._deployed is not None:
                self._deployed.failed(asked.picked, [asked.wanted], error)
            raise

    def _pieces(self, asked: _Asked) -> Iterator[str | Inference]:
        decoding = asked.wanted.decoding
        with self._failing(asked):
            for piece in self._generator.stream(asked.model, asked.conversation, decoding):
                if isinstance(piece, Answer):
                    yield self._kept(asked, piece)
                    return
                yield piece
            raise WorkerFailed(
                f"{asked.model.name} stopped before its answer was complete.", hint="Ask again."
            )

    def _kept(self, asked: _Asked, answer: Answer) -> Inference:
        """Keeps the answer; only then may anybody be told that it can be rated."""
        inference = asked.wanted.with_(
            output=answer.text,
            prompt_tokens=answer.prompt_tokens,
            output_tokens=answer.output_tokens,
            seconds=answer.seconds,
            created_at=now(),
        )
        self._feedback.add_inference(inference)
        if asked.picked is not None and self._deployed is not None:
            self._deployed.answered(asked.picked, [inference])
        return inference


def _inference(
    model: ModelHandle,
    messages: tuple[Message, ...],
    decoding: Decoding,
    project_id: str,
    picked: Picked | None = None,
) -> Inference:
    """Returns a request as it is kept, its answer still to come."""
    return Inference(
        id=new_id("inference"),
        project_id=project_id,
        model_id=model.id,
        model_name=model.name,
        messages=messages,
        decoding=decoding,
        output="",
        created_at=now(),
        **(picked.marks if picked else {}),  # type: ignore[arg-type]
    )


def _check_conversation(messages: Sequence[Message]) -> None:
    if not messages or messages[-1].role != "user" or not messages[-1].content.strip():
        raise InvalidInput(
            "The conversation does not end with a question.", hint="Write what the model is asked."
        )
