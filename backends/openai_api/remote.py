"""Remote: what is known of a run at its server, kept before and after every act there."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from studio.domain.jobs import FailureKind
from studio.domain.training import TrainingSpec
from studio.domain.values import Value

Phase = Literal["check", "upload", "create", "follow", "collect", "tidy", "watch", "done"]


class RunSpec(Value):
    """What to do, written before anything else and never changed; nothing secret among it."""

    job_id: str
    training: TrainingSpec
    model: str
    """Model to tune, as the server spells it: the base, or a checkpoint to go on from."""
    resume_from: str | None = None
    rows: dict[str, int]
    """File name → examples in it."""


class Sent(Value):
    """One file on its way to the server."""

    name: str
    began: bool = False
    """True once it may have reached the server, whether or not its id is known."""
    upload: str = ""
    parts: tuple[str, ...] = ()
    file: str = ""
    processed: bool = False
    restarts: int = 0


class Ending(Value):
    """How a run ended."""

    status: Literal["succeeded", "failed", "cancelled"]
    failure: FailureKind | None = None
    message: str = ""


class Remote(Value):
    """Everything that has to outlive the studio."""

    phase: Phase = "check"
    began_at: datetime
    sent: tuple[Sent, ...] = ()
    posts: int = 0
    """How often a job was asked for."""
    posted_at: datetime | None = None
    """When it was last asked for, or when that failed in a way that leaves it open."""
    open: bool = False
    """True while nobody knows whether the last request made a job."""
    doubted: bool = False
    """True once that was ever the case: a job may turn up late."""
    job: str = ""
    called_off: tuple[str, ...] = ()
    """Second jobs of this run that were cancelled."""
    looks: int = 0
    """How often second jobs were looked for."""
    look_at: datetime | None = None
    """When to look next."""
    said: str = ""
    """The server's word for where the job stands."""
    stop_asked: bool = False
    tries: int = 0
    """Failed attempts at what the present phase does."""
    trouble: str = ""
    """What is in the way at the moment; the run goes on when it is gone."""
    notice: str = ""
    """What a wish came to, when it could not be granted."""
    ending: Ending | None = None
    ended_at: datetime | None = None
    model: str = ""
    """The tuned model, as the server spells it."""
    trained_tokens: int | None = None
    kept: dict[str, int] = {}
    """Checkpoints the server still keeps, oldest first: model → step."""
    results: tuple[str, ...] = ()
    """Ids of the server's result files."""
    validation_loss: float | None = None
