"""WireBatch: many requests in one file, answered when there is time; its lines and its problems."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from studio.domain.values import Value


class BatchStatus(StrEnum):
    """Each word means what it means at OpenAI."""

    VALIDATING = "validating"
    FAILED = "failed"
    """Its file as a whole could not be asked."""
    IN_PROGRESS = "in_progress"
    FINALIZING = "finalizing"
    """Everything is answered; the files are being written."""
    COMPLETED = "completed"
    EXPIRED = "expired"
    """Its day was over before everything was answered."""
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


ENDED = frozenset(
    {BatchStatus.FAILED, BatchStatus.COMPLETED, BatchStatus.EXPIRED, BatchStatus.CANCELLED}
)


class Problem(Value):
    """Why a batch failed."""

    code: str
    message: str
    line: int | None = None


class WireBatch(Value):
    """A batch as its client sees it."""

    id: str
    project_id: str
    endpoint: str
    """Path that every line asks, for example `/v1/chat/completions`."""
    input_file_id: str
    metadata: dict[str, str] = {}
    status: BatchStatus = BatchStatus.VALIDATING
    model: str | None = None
    """Model of the first line that names one."""
    keep_seconds: int | None = None
    """How long its files are kept; None until they are deleted."""
    problems: tuple[Problem, ...] = ()
    total: int = 0
    """Lines with a request."""
    completed: int = 0
    failed: int = 0
    prompt_tokens: int | None = None
    """Of all answers; None while or where they are not known."""
    output_tokens: int | None = None
    output_file_id: str | None = None
    error_file_id: str | None = None
    created_at: datetime
    expires_at: datetime
    in_progress_at: datetime | None = None
    finalizing_at: datetime | None = None
    completed_at: datetime | None = None
    failed_at: datetime | None = None
    expired_at: datetime | None = None
    cancelling_at: datetime | None = None
    cancelled_at: datetime | None = None


class BatchLine(Value):
    """What came of one line."""

    batch_id: str
    line: int
    """Counted from 1."""
    succeeded: bool
    told: str
    """The line of the output or error file that tells it, as JSON."""
    prompt_tokens: int | None = None
    output_tokens: int | None = None
