"""WireFile, Upload, TuningOrder: what clients of the OpenAI wire leave here and ask for."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, get_args

from studio.domain.training import Objective
from studio.domain.values import Value

Purpose = Literal[
    "assistants",
    "assistants_output",
    "batch",
    "batch_output",
    "evals",
    "fine-tune",
    "fine-tune-results",
    "user_data",
    "vision",
]
PURPOSES: tuple[str, ...] = get_args(Purpose)
ROWS = ("fine-tune", "batch", "batch_output")
"""Purposes whose files hold one JSON object a line."""


class WireFile(Value):
    """A file that a client keeps here, or that the studio made for one."""

    id: str
    project_id: str
    filename: str
    """Name the client knows it by."""
    purpose: Purpose
    size: int
    """Bytes."""
    sha256: str
    deleted: bool = False
    """True once a client deleted it; its bytes go as soon as nobody reads them."""
    created_at: datetime
    expires_at: datetime | None = None
    """None for a file that stays until it is deleted."""


class Upload(Value):
    """A large file on its way in, part by part."""

    id: str
    project_id: str
    filename: str
    purpose: Purpose
    size: int
    """Bytes that the parts must add up to."""
    mime_type: str
    status: Literal["pending", "completed", "cancelled", "expired"] = "pending"
    file_id: str | None = None
    """The file it became."""
    keep_seconds: int | None = None
    """How long that file is kept; None for as long as its purpose says."""
    created_at: datetime
    expires_at: datetime


class UploadPart(Value):
    """One part of an upload."""

    id: str
    upload_id: str
    size: int
    """Bytes."""
    created_at: datetime


Asked = dict[str, Literal["auto"] | float | int]
"""A hyperparameter's name on the wire → what was asked for."""


class TuningOrder(Value):
    """A fine-tune that a client asked for; its job has the same id once its files are checked."""

    id: str
    """`job_…`"""
    project_id: str
    base_model: str
    """Id of the base model."""
    training_file: str
    validation_file: str | None = None
    suffix: str | None = None
    seed: int | None = None
    metadata: dict[str, str] | None = None
    objective: Objective = Objective.SFT
    asked: Asked = {}
    ladder: dict[str, Any] = {}
    """What the wire has no words for: method, effort and hyperparameters of ours."""
    idempotency_key: str = ""
    """What the client named its request; empty when it did not."""
    status: Literal["validating", "started", "failed", "cancelled"] = "validating"
    """Where it stands until its job says more: only `started` has a job."""
    error_code: str = ""
    error_message: str = ""
    error_param: str | None = None
    created_at: datetime
    finished_at: datetime | None = None
    """When it ended without a job."""
