"""Completions: questions and texts that come over the OpenAI wire, answered and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from studio.core.wire import asking, telling
from studio.core.wire.asking import Asked
from studio.core.wire.telling import Choice, Json
from studio.domain import wire_names
from studio.domain.errors import InvalidInput, StudioError, WorkerFailed
from studio.domain.feedback import Inference
from studio.domain.interfaces import Answer, TextEmbedder, TextGenerator
from studio.domain.logprobs import Piece
from studio.services.completion_requests import BEGINS, Preparer, Ready, kept
from studio.services.deployed import Deployed
from studio.services.projects import ProjectService
from studio.services.wire_models import WireModelService, unknown
from studio.store.feedback import FeedbackStore


class CompletionService:
    """What chat, completions, embeddings and batches share."""

    def __init__(
        self,
        feedback: FeedbackStore,
        models: WireModelService,
        projects: ProjectService,
        generator: TextGenerator,
        embedder: TextEmbedder,
        deployed: Deployed | None = None,
    ) -> None:
        """`deployed` knows the names of deployments; None where there are none."""
        self._feedback, self._models = feedback, models
        self._preparer = Preparer(models, projects, deployed)
        self._generator, self._embedder, self._deployed = generator, embedder, deployed

    def read(self, kind: str, body: object) -> Asked:
        """Returns what the body of a request asks for; `kind` is `chat` or `text`.

        Raises:
            InvalidInput: naming the parameter that is wrong, or that nobody here can obey.
        """
        return asking.chat(body) if kind == "chat" else asking.completion(body)

    def prepare(
        self,
        asked: Asked,
        project_id: str | None = None,
        *,
        seed: int | None = None,
        session: str = "",
    ) -> Ready:
        """Returns the request with its model found; `project_id` is that of the caller's key.

        A request that brings no seed is drawn with `seed`, or with one taken by chance. `session`
        decides which revision of a deployment answers.

        Raises:
            NotFound: when there is no such model, or it belongs to another project.
            InvalidInput: when the model cannot do what is asked.
            BackendUnavailable: when what answers for a deployment is not whole.
        """
        return self._preparer.prepare(asked, project_id, seed=seed, session=session)

    def ask(
        self,
        ready: Ready,
        *,
        on_answer: Callable[[int, Answer], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Answer]:
        """Returns the answers, not kept; `on_answer(at, answer)` tells each as it ends.

        Raises:
            InvalidInput: when a prompt is too long, or the chat template refuses it.
            WorkerFailed, BackendUnavailable: when the model could not answer.
            Conflict: when `cancelled()` turned true meanwhile.
        """
        return self._generator.generate(
            ready.model.handle,
            ready.conversations,
            ready.decoding,
            on_answer=on_answer,
            cancelled=cancelled,
        )

    def answer(self, ready: Ready, *, cancelled: Callable[[], bool] = lambda: False) -> Json:
        """Answers a request, keeps the answers, and returns them as the wire tells them.

        Raises as `ask` does.
        """
        try:
            answers = self.ask(ready, cancelled=cancelled)
        except StudioError as error:
            self.failed(ready, error)
            raise
        inferences = self.kept(ready, answers)
        self._feedback.add_inferences(inferences)
        self.copied(ready, inferences)
        return self.told(ready, answers)

    def copied(self, ready: Ready, inferences: Sequence[Inference]) -> None:
        """Lets a deployment's shadow answer the same, once its answers are kept."""
        if ready.picked is not None and self._deployed is not None:
            self._deployed.answered(ready.picked, inferences)

    def failed(self, ready: Ready, error: StudioError, at: int | None = None) -> None:
        """Keeps that a deployment did not answer: one of the questions, or all of them."""
        if ready.picked is None or self._deployed is None:
            return
        places = range(len(ready.questions)) if at is None else [at]
        wanted = [kept(ready, place, None) for place in places]
        self._deployed.failed(ready.picked, wanted, error)

    def kept(self, ready: Ready, answers: Sequence[Answer]) -> list[Inference]:
        """Returns the answers as they are kept."""
        return [kept(ready, at, answer) for at, answer in enumerate(answers)]

    def told(self, ready: Ready, answers: Sequence[Answer]) -> Json:
        """Returns the answers as the wire tells them."""
        choices = [
            Choice(
                index=at,
                id=_choice_id(ready, at),
                text=answer.text,
                finish_reason=answer.finish_reason,
                logprobs=answer.logprobs,
            )
            for at, answer in enumerate(answers)
        ]
        return telling.whole(ready.head, choices, _usage(ready, answers), ready.asked.metadata)

    def stream(self, ready: Ready) -> Iterator[Json]:
        """Yields the pieces of the answers, one answer after the other; raises as `answer` does.

        An answer is kept before its last piece is told. Closing the iterator stops the model.
        """
        asked, answers = ready.asked, list[Answer]()
        usage = None if asked.include_usage else False
        for at, (question, decoding) in enumerate(
            zip(ready.conversations, ready.decodings, strict=True)
        ):
            pieces = self._generator.stream(ready.model.handle, question, decoding)
            try:
                for choice, first in self._choices(ready, at, pieces, answers):
                    yield telling.chunk(ready.head, choice, first=first, usage=usage)
            except StudioError as error:
                self.failed(ready, error, at)
                raise
        if asked.include_usage:
            yield telling.chunk(ready.head, None, usage=_usage(ready, answers))

    def embed(self, body: object, *, cancelled: Callable[[], bool] = lambda: False) -> Json:
        """Makes vectors of texts and returns them as the wire tells them.

        Raises:
            InvalidInput: when the body is wrong, or a text is longer than the model reads.
            NotFound: for any model but the one that makes vectors.
            BackendUnavailable, WorkerFailed: when no vectors could be made.
        """
        asked = asking.embedding(body)
        name = self._models.embedder()
        if asked.model not in (name, self._embedder.name()):
            raise unknown(asked.model)
        length, longest = self._embedder.dimensions(), self._embedder.most_tokens()
        if asked.dimensions not in (None, length):
            raise InvalidInput(
                f"Vectors of {name} have {length} numbers, not {asked.dimensions}.",
                hint="Leave dimensions out.",
                param="dimensions",
            )
        tokens: dict[int, int] = {}
        found = self._embedder.embed(asked.inputs, counted=tokens.__setitem__, cancelled=cancelled)
        for at, count in tokens.items():
            if count > longest:
                raise InvalidInput(
                    f"Text {at + 1} has {count:,} tokens; {name} reads at most {longest:,}.",
                    hint="Split it; the end of it would not count.",
                    param="input",
                )
        return telling.vectors(name, found, sum(tokens.values()), packed=asked.base64)

    def _choices(
        self, ready: Ready, at: int, pieces: Iterator[str | Answer], answers: list[Answer]
    ) -> Iterator[tuple[Choice, bool]]:
        """Yields one answer in pieces, the first of which only opens it in a conversation."""
        told: dict[str, Any] = {"index": at, "id": _choice_id(ready, at)}
        if ready.asked.kind == "chat":
            yield Choice(**told, text=""), True
        offset = 0
        for piece in pieces:
            if isinstance(piece, Answer):
                inferences = [kept(ready, at, piece)]
                self._feedback.add_inferences(inferences)
                self.copied(ready, inferences)
                answers.append(piece)
                yield Choice(**told, text="", finish_reason=piece.finish_reason), False
                return
            logprobs = piece.logprobs if isinstance(piece, Piece) else None
            yield Choice(**told, text=str(piece), logprobs=logprobs, offset=offset), False
            offset += len(piece)
        raise WorkerFailed(
            f"{ready.model.name} stopped before its answer was complete.", hint="Ask again."
        )


def _choice_id(ready: Ready, at: int) -> str | None:
    """Returns the id of one answer among several; a single one has that of the whole."""
    if len(ready.questions) == 1:
        return None
    return wire_names.answer(ready.ids[at], BEGINS[ready.asked.kind])


def _usage(ready: Ready, answers: Sequence[Answer]) -> Json | None:
    # Each prompt is read once however many answers to it are written.
    prompts = [answer.prompt_tokens for answer in answers[:: ready.asked.n]]
    return telling.usage(prompts, [answer.output_tokens for answer in answers])
