"""Shapes of batches."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Literal

from studio.api.v1 import ids
from studio.api.v1.shapes.shape import Shape
from studio.domain.endpoints import PREFIX

if TYPE_CHECKING:
    from studio.domain.wire_batches import WireBatch

MOMENTS = (
    "in_progress_at",
    "finalizing_at",
    "completed_at",
    "failed_at",
    "expired_at",
    "cancelling_at",
    "cancelled_at",
)


class BatchError(Shape):
    """Why a batch failed."""

    code: str
    message: str
    param: None = None
    line: int | None


class BatchErrors(Shape):
    """Why a batch failed, in a list."""

    object: Literal["list"] = "list"
    data: list[BatchError]


class Counts(Shape):
    """How many requests came to which end."""

    total: int
    completed: int
    failed: int


class CachedTokens(Shape):
    """How many tokens were read from a cache."""

    cached_tokens: int = 0


class ReasoningTokens(Shape):
    """How many tokens were thought and not said."""

    reasoning_tokens: int = 0


class BatchUsage(Shape):
    """Tokens of a batch; models on this machine have no cache and think nothing unsaid."""

    input_tokens: int
    input_tokens_details: CachedTokens = CachedTokens()
    output_tokens: int
    output_tokens_details: ReasoningTokens = ReasoningTokens()
    total_tokens: int


class BatchObject(Shape):
    """A batch."""

    OMITTED: ClassVar[frozenset[str]] = frozenset(
        {"model", "errors", "output_file_id", "error_file_id", "usage", *MOMENTS}
    )

    id: str
    object: Literal["batch"] = "batch"
    endpoint: str
    model: str | None
    errors: BatchErrors | None
    input_file_id: str
    completion_window: Literal["24h"] = "24h"
    status: str
    output_file_id: str | None
    error_file_id: str | None
    created_at: int
    expires_at: int
    in_progress_at: int | None
    finalizing_at: int | None
    completed_at: int | None
    failed_at: int | None
    expired_at: int | None
    cancelling_at: int | None
    cancelled_at: int | None
    request_counts: Counts
    usage: BatchUsage | None
    metadata: dict[str, str] | None


class BatchList(Shape):
    """Some batches."""

    OMITTED: ClassVar[frozenset[str]] = frozenset({"first_id", "last_id"})

    object: Literal["list"] = "list"
    data: list[BatchObject]
    first_id: str | None
    last_id: str | None
    has_more: bool


def batch_object(batch: WireBatch) -> BatchObject:
    """Returns a batch as the wire tells it."""
    problems = [
        BatchError(code=one.code, message=one.message, line=one.line) for one in batch.problems
    ]
    return BatchObject(
        id=ids.theirs(batch.id),
        endpoint=batch.endpoint,
        model=batch.model,
        errors=BatchErrors(data=problems) if problems else None,
        input_file_id=ids.theirs(batch.input_file_id),
        status=batch.status,
        output_file_id=batch.output_file_id and ids.theirs(batch.output_file_id),
        error_file_id=batch.error_file_id and ids.theirs(batch.error_file_id),
        created_at=int(batch.created_at.timestamp()),
        expires_at=int(batch.expires_at.timestamp()),
        request_counts=Counts(total=batch.total, completed=batch.completed, failed=batch.failed),
        usage=_usage(batch),
        metadata=batch.metadata or None,
        in_progress_at=_seconds(batch.in_progress_at),
        finalizing_at=_seconds(batch.finalizing_at),
        completed_at=_seconds(batch.completed_at),
        failed_at=_seconds(batch.failed_at),
        expired_at=_seconds(batch.expired_at),
        cancelling_at=_seconds(batch.cancelling_at),
        cancelled_at=_seconds(batch.cancelled_at),
    )


def _usage(batch: WireBatch) -> BatchUsage | None:
    # What a server behind an endpoint reads from its cache is not known here.
    elsewhere = batch.model is not None and batch.model.startswith(PREFIX)
    if batch.prompt_tokens is None or batch.output_tokens is None or elsewhere:
        return None
    return BatchUsage(
        input_tokens=batch.prompt_tokens,
        output_tokens=batch.output_tokens,
        total_tokens=batch.prompt_tokens + batch.output_tokens,
    )


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
