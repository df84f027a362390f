"""Completions: questions and texts that come over the OpenAI wire, answered and kept."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from studio.core.wire import asking, telling
from studio.core.wire.asking import Asked
from studio.core.wire.telling import Choice, Head, Json
from studio.domain import wire_names
from studio.domain.datasets import Message
from studio.domain.errors import InvalidInput, WorkerFailed
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Inference
from studio.domain.interfaces import Answer, TextEmbedder, TextGenerator
from studio.domain.logprobs import Piece
from studio.domain.models import ModelHandle
from studio.domain.values import Value, new_id, now
from studio.services.projects import ProjectService
from studio.services.wire_models import Answering, WireModelService, unknown
from studio.store.feedback import FeedbackStore

LARGEST_SEED = 2**31
BEGINS = {"chat": "chatcmpl-", "text": "cmpl-"}
"""How the ids of answers begin on the wire."""


class Ready(Value):
    """A request with everything that is needed to answer it."""

    asked: Asked
    model: Answering
    project_id: str
    """Where the answers are kept."""
    questions: tuple[tuple[Message, ...], ...]
    """Each prompt as often as answers to it are wanted."""
    decodings: tuple[Decoding, ...]
    """How each is answered, so that any of them can be asked for again alone."""
    ids: tuple[str, ...]
    """Under which each answer will be kept."""
    head: Head

    @property
    def decoding(self) -> Decoding:
        """How the request as a whole is answered."""
        return self.decodings[0]


class CompletionService:
    """What chat, completions, embeddings and batches share."""

    def __init__(
        self,
        feedback: FeedbackStore,
        models: WireModelService,
        projects: ProjectService,
        generator: TextGenerator,
        embedder: TextEmbedder,
    ) -> None:
        self._feedback, self._models, self._projects = feedback, models, projects
        self._generator, self._embedder = generator, embedder

    def read(self, kind: str, body: object) -> Asked:
        """Returns what the body of a request asks for; `kind` is `chat` or `text`.

        Raises:
            InvalidInput: naming the parameter that is wrong, or that nobody here can obey.
        """
        return asking.chat(body) if kind == "chat" else asking.completion(body)

    def prepare(
        self, asked: Asked, project_id: str | None = None, *, seed: int | None = None
    ) -> Ready:
        """Returns the request with its model found; `project_id` is that of the caller's key.

        A request that brings no seed is drawn with `seed`, or with one taken by chance.

        Raises:
            NotFound: when there is no such model, or it belongs to another project.
            InvalidInput: when the model cannot do what is asked.
        """
        model = self._models.resolve(asked.model, project_id)
        decoding = asked.decoding
        if model.place == "here":
            if decoding.response_format:
                raise InvalidInput(
                    "'response_format' is not supported: models on this machine write free text.",
                    hint="Say in the conversation what the answer must look like.",
                    param="response_format",
                    code="unsupported_parameter",
                )
            if decoding.temperature > 0 and not asked.seeded:
                drawn = secrets.randbelow(LARGEST_SEED) if seed is None else seed
                decoding = decoding.with_(seed=drawn)
        questions = tuple(prompt for prompt in asked.prompts for _ in range(asked.n))
        ids = tuple(new_id("inference") for _ in questions)
        return Ready(
            asked=asked,
            model=model,
            project_id=project_id or model.project_id or self._projects.default().id,
            questions=questions,
            decodings=each(questions, decoding, drawn=model.place == "here" or asked.seeded),
            ids=ids,
            head=Head(
                id=wire_names.answer(ids[0], BEGINS[asked.kind]),
                created=int(now().timestamp()),
                model=model.name,
                fingerprint=_fingerprint(model.handle) if model.place == "here" else "",
                kind=asked.kind,
            ),
        )

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
            ready.questions,
            ready.decoding,
            on_answer=on_answer,
            cancelled=cancelled,
        )

    def answer(self, ready: Ready, *, cancelled: Callable[[], bool] = lambda: False) -> Json:
        """Answers a request, keeps the answers, and returns them as the wire tells them.

        Raises as `ask` does.
        """
        answers = self.ask(ready, cancelled=cancelled)
        self._feedback.add_inferences(self.kept(ready, answers))
        return self.told(ready, answers)

    def kept(self, ready: Ready, answers: Sequence[Answer]) -> list[Inference]:
        """Returns the answers as they are kept."""
        return [_inference(ready, at, answer) for at, answer in enumerate(answers)]

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
            zip(ready.questions, ready.decodings, strict=True)
        ):
            pieces = self._generator.stream(ready.model.handle, question, decoding)
            for choice, first in self._choices(ready, at, pieces, answers):
                yield telling.chunk(ready.head, choice, first=first, usage=usage)
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
                self._feedback.add_inferences([_inference(ready, at, piece)])
                answers.append(piece)
                yield Choice(**told, text="", finish_reason=piece.finish_reason), False
                return
            logprobs = piece.logprobs if isinstance(piece, Piece) else None
            yield Choice(**told, text=str(piece), logprobs=logprobs, offset=offset), False
            offset += len(piece)
        raise WorkerFailed(
            f"{ready.model.name} stopped before its answer was complete.", hint="Ask again."
        )


def each(
    questions: Sequence[Sequence[Message]], decoding: Decoding, *, drawn: bool
) -> tuple[Decoding, ...]:
    """Returns the decoding of each question, by the rule of `TextGenerator.generate`."""
    if not drawn or decoding.temperature == 0:
        return (decoding,) * len(questions)
    earlier: Counter[tuple[Message, ...]] = Counter()
    decodings = []
    for question in map(tuple, questions):
        decodings.append(decoding.with_(seed=decoding.seed + earlier[question]))
        earlier[question] += 1
    return tuple(decodings)


def _inference(ready: Ready, at: int, answer: Answer) -> Inference:
    return Inference(
        id=ready.ids[at],
        project_id=ready.project_id,
        model_id=ready.model.handle.id,
        model_name=ready.model.handle.name,
        messages=ready.questions[at],
        decoding=ready.decodings[at],
        output=answer.text,
        prompt_tokens=answer.prompt_tokens,
        output_tokens=answer.output_tokens,
        seconds=answer.seconds,
        metadata=ready.asked.metadata,
        created_at=now(),
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


def _fingerprint(handle: ModelHandle) -> str:
    files = f"{handle.base_manifest_sha256}{handle.adapter_manifest_sha256}"
    return f"fp_{hashlib.sha256(files.encode()).hexdigest()[:10]}" if files else ""
