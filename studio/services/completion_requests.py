"""Completion requests: what was asked over the wire, made ready with the model that answers."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Sequence

from studio.core.wire.asking import Asked
from studio.core.wire.telling import Head
from studio.domain import wire_names
from studio.domain.datasets import Message
from studio.domain.endpoints import PREFIX
from studio.domain.errors import InvalidInput, StudioError
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Inference
from studio.domain.interfaces import Answer
from studio.domain.models import ModelHandle
from studio.domain.values import Value, new_id, now
from studio.services.deployed import Deployed, Picked
from studio.services.projects import ProjectService
from studio.services.wire_models import Answering, WireModelService

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
    """Each prompt as often as answers to it are wanted, as the client sent it."""
    conversations: tuple[tuple[Message, ...], ...]
    """The same as the model is asked them."""
    picked: Picked | None = None
    """Who answers for the deployment that was asked; None when a model was."""
    decodings: tuple[Decoding, ...]
    """How each is answered, so that any of them can be asked for again alone."""
    ids: tuple[str, ...]
    """Under which each answer will be kept."""
    head: Head

    @property
    def decoding(self) -> Decoding:
        """How the request as a whole is answered."""
        return self.decodings[0]


class Preparer:
    """Finds what answers, once for each request."""

    def __init__(
        self, models: WireModelService, projects: ProjectService, deployed: Deployed | None
    ) -> None:
        self._models, self._projects, self._deployed = models, projects, deployed

    def prepare(
        self, asked: Asked, project_id: str | None, *, seed: int | None, session: str
    ) -> Ready:
        """Returns the request with its model found; see `CompletionService.prepare`."""
        questions = tuple(prompt for prompt in asked.prompts for _ in range(asked.n))
        found = self._deployed.find(asked.model, project_id) if self._deployed else None
        if found is None or self._deployed is None:
            model = self._models.resolve(asked.model, project_id)
            return self._made(asked, model, project_id, questions, None, seed)
        picked = self._deployed.pick(found, session or asked.session)
        try:
            asking = self._deployed.asking(picked, questions)
        except StudioError as error:
            gone = picked.revision
            handle = ModelHandle(id=gone.model_id, name=gone.name, base_path="")
            unmade = self._made(asked, _model(picked, handle), project_id, questions, picked, seed)
            places = range(len(questions))
            self._deployed.failed(picked, [kept(unmade, at, None) for at in places], error)
            raise
        model = _model(picked, asking.handle)
        ready = self._made(asked, model, project_id, asking.conversations, picked, seed)
        return ready.with_(questions=questions)

    def _made(
        self,
        asked: Asked,
        model: Answering,
        project_id: str | None,
        conversations: tuple[tuple[Message, ...], ...],
        picked: Picked | None,
        seed: int | None,
    ) -> Ready:
        decoding = asked.decoding
        if picked is not None and picked.revision.setup is not None:
            # With something around it a text is a question, and no longer one to go on with.
            decoding = decoding.with_(raw=False)
        if model.place == "here":
            decoding = _here(asked, decoding, seed)
        ids = tuple(new_id("inference") for _ in conversations)
        return Ready(
            asked=asked,
            model=model,
            project_id=project_id or model.project_id or self._projects.default().id,
            questions=conversations,
            conversations=conversations,
            picked=picked,
            decodings=each(conversations, decoding, drawn=model.place == "here" or asked.seeded),
            ids=ids,
            head=Head(
                id=wire_names.answer(ids[0], BEGINS[asked.kind]),
                created=int(now().timestamp()),
                model=model.name,
                fingerprint=_fingerprint(model.handle) if model.place == "here" else "",
                kind=asked.kind,
            ),
        )


def _here(asked: Asked, decoding: Decoding, seed: int | None) -> Decoding:
    """Returns how a model on this machine answers."""
    if decoding.response_format:
        raise InvalidInput(
            "'response_format' is not supported: models on this machine write free text.",
            hint="Say in the conversation what the answer must look like.",
            param="response_format",
            code="unsupported_parameter",
        )
    if decoding.temperature > 0 and not asked.seeded:
        drawn = secrets.randbelow(LARGEST_SEED) if seed is None else seed
        return decoding.with_(seed=drawn)
    return decoding


def _model(picked: Picked, handle: ModelHandle) -> Answering:
    return Answering(
        name=picked.name,
        handle=handle,
        place="endpoint" if handle.id.startswith(PREFIX) else "here",
        project_id=picked.project_id,
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


def kept(ready: Ready, at: int, answer: Answer | None) -> Inference:
    """Returns one question as it is kept; without its answer when there is none."""
    return Inference(
        id=ready.ids[at],
        project_id=ready.project_id,
        model_id=ready.model.handle.id,
        model_name=ready.model.handle.name,
        messages=ready.questions[at],
        decoding=ready.decodings[at],
        output=answer.text if answer else "",
        prompt_tokens=answer.prompt_tokens if answer else None,
        output_tokens=answer.output_tokens if answer else None,
        seconds=answer.seconds if answer else None,
        metadata=ready.asked.metadata,
        created_at=now(),
        **(ready.picked.marks if ready.picked else {}),  # type: ignore[arg-type]
    )


def _fingerprint(handle: ModelHandle) -> str:
    files = f"{handle.base_manifest_sha256}{handle.adapter_manifest_sha256}"
    return f"fp_{hashlib.sha256(files.encode()).hexdigest()[:10]}" if files else ""
