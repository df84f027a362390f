"""Job: our row for a piece of training; its legal moves, its events."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from studio.domain.errors import InvalidTransition
from studio.domain.training import TrainingSpec
from studio.domain.values import Value


class JobStatus(StrEnum):
    """Each word means one thing; the last three are terminal."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"
    """Asked to stop; the worker is saving a checkpoint."""
    PAUSING = "pausing"
    """Asked to pause; the worker is saving a checkpoint."""
    PAUSED = "paused"
    """Waits, with a checkpoint, until somebody lets it go on."""
    INTERRUPTED = "interrupted"
    """The worker is gone without a result (killed, power cut); can be resumed."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL = frozenset({JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED})

MOVES: dict[JobStatus, frozenset[JobStatus]] = {
    JobStatus.QUEUED: frozenset(
        {JobStatus.RUNNING, JobStatus.PAUSED, JobStatus.CANCELLED, JobStatus.FAILED}
    ),
    JobStatus.RUNNING: frozenset(
        {
            JobStatus.CANCELLING,
            JobStatus.PAUSING,
            JobStatus.PAUSED,  # A provider may pause a run by itself.
            JobStatus.INTERRUPTED,
            JobStatus.SUCCEEDED,
            JobStatus.FAILED,
        }
    ),
    # A worker that finished before it saw the request to pause has done what was wanted.
    JobStatus.PAUSING: frozenset(
        {
            JobStatus.PAUSED,
            JobStatus.RUNNING,
            JobStatus.CANCELLING,
            JobStatus.INTERRUPTED,
            JobStatus.SUCCEEDED,
            JobStatus.FAILED,
        }
    ),
    JobStatus.PAUSED: frozenset(
        {
            JobStatus.QUEUED,
            JobStatus.RUNNING,
            JobStatus.CANCELLING,
            JobStatus.CANCELLED,
            JobStatus.FAILED,
        }
    ),
    # A worker that finished before it saw the request still ends as cancelled: the user decides.
    JobStatus.CANCELLING: frozenset({JobStatus.CANCELLED, JobStatus.FAILED}),
    JobStatus.INTERRUPTED: frozenset({JobStatus.QUEUED, JobStatus.CANCELLED, JobStatus.FAILED}),
    JobStatus.SUCCEEDED: frozenset(),
    JobStatus.FAILED: frozenset(),
    JobStatus.CANCELLED: frozenset(),
}

FailureKind = Literal["nan", "oom", "disk", "killed", "model", "data", "provider", "internal"]


class Job(Value):
    """One training run as the studio knows it."""

    id: str
    project_id: str
    name: str
    backend: str
    spec: TrainingSpec
    status: JobStatus = JobStatus.QUEUED
    run_id: str | None = None
    """The backend's name for the run; None until it was handed over."""
    failure: FailureKind | None = None
    message: str = ""
    """What happened and what to do, in one or two sentences."""
    said: str = ""
    """Status in the provider's own word, for example `validating_files`; empty when run here."""
    step: int = 0
    total_steps: int = 0
    eta_seconds: float | None = None
    """Expected remaining time; None while unknown."""
    model_version_id: str | None = None
    resumed_from: str | None = None
    """Job whose last checkpoint this one continues from."""
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None

    def moved_to(self, status: JobStatus, **changes: Any) -> Job:
        """Returns the job in its next status.

        Raises:
            InvalidTransition: when that move is not legal.
        """
        if status not in MOVES[self.status]:
            raise InvalidTransition(
                f"Job {self.id} is {self.status} and cannot become {status}.",
                hint="Reload the page to see its present state.",
            )
        return self.with_(status=status, **changes)


class Checkpoint(Value):
    """A run as it was at one step, kept so that it can be asked like a finished model."""

    step: int
    artifact: str | None = None
    """Folder of the adapter, when kept on this machine."""
    manifest_sha256: str = ""
    """Hash of its manifest, checked when it is loaded."""
    remote_model: str | None = None
    """Its name at the provider, when kept there."""


class Event(Value):
    """One line of news from a run; numbered, so that a returning reader asks for what follows."""

    n: int
    """1, 2, 3 … within the run."""
    at: datetime
    kind: Literal["log", "metrics", "checkpoint", "phase", "result", "failure"]
    message: str = ""
    data: dict[str, Any] = {}
    """For `metrics`: names to finite numbers, see `domain.training.METRICS`."""
