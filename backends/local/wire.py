"""What the studio and its workers for answers and vectors say, one JSON object a line."""

from __future__ import annotations

from typing import Literal

from studio.domain import errors
from studio.domain.datasets import Message
from studio.domain.errors import StudioError, WorkerFailed
from studio.domain.evaluation import Decoding
from studio.domain.interfaces import Answer
from studio.domain.logprobs import TokenLogprob
from studio.domain.models import ModelHandle
from studio.domain.values import Value

Phase = Literal["starting", "loading", "rendering", "answering", "idle"]


class Ask(Value):
    """A request to the worker."""

    id: int
    streaming: bool
    """True when pieces of the text are wanted as they come."""
    model: ModelHandle
    conversations: tuple[tuple[Message, ...], ...]
    decoding: Decoding


class Embed(Value):
    """A request to the embedding worker."""

    id: int
    folder: str
    """Where the model lies."""
    texts: tuple[str, ...]


class Cancel(Value):
    """A request that nobody waits for any longer."""

    cancel: int
    """Id of that request."""


class Failure(Value):
    """Why a request has no result."""

    kind: str
    """Name of a class of the error tree."""
    message: str
    hint: str
    param: str | None = None
    code: str | None = None


class News(Value):
    """What the worker says; the fields that are set tell what it is about."""

    id: int | None = None
    """Request it belongs to; None when it is about the worker itself."""
    phase: Phase | None = None
    index: int | None = None
    answer: Answer | None = None
    """The whole answer to conversation `index`."""
    piece: str | None = None
    logprobs: tuple[TokenLogprob, ...] = ()
    """Tokens that the piece completes, when they are asked for."""
    indices: tuple[int, ...] = ()
    """Texts whose vectors these are."""
    tokens: tuple[int, ...] = ()
    """How many tokens each of these texts has, cut off or not."""
    vectors: str = ""
    """Their numbers one after another as little-endian float32, in base64."""
    failure: Failure | None = None
    done: bool = False


def failure(error: StudioError) -> Failure:
    """Returns an error as it travels."""
    return Failure(
        kind=type(error).__name__,
        message=error.message,
        hint=error.hint,
        param=error.param,
        code=error.code,
    )


def error(failure: Failure) -> StudioError:
    """Returns the error that travelled; one of an unknown kind is a WorkerFailed."""
    kind = getattr(errors, failure.kind, None)
    if not (isinstance(kind, type) and issubclass(kind, StudioError)):
        kind = WorkerFailed
    return kind(failure.message, hint=failure.hint, param=failure.param, code=failure.code)
