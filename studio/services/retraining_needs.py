"""What the retraining machine needs of its neighbours, no more than that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

from studio.domain.datasets import Message
from studio.domain.deployments import Deployment, Evidence, Revision
from studio.domain.jobs import Job
from studio.domain.models import ModelHandle
from studio.domain.retraining import Readiness, RetrainCycle, RetrainPolicy
from studio.domain.rollouts import Rollout, RolloutCheck
from studio.domain.training import TrainingSpec


class Arranging(Protocol):
    """What is put around questions; see `Arranger`."""

    def arrange(
        self, revision: Revision, conversations: Sequence[Sequence[Message]]
    ) -> list[tuple[Message, ...]]:
        """Returns the conversations as the revision's model is asked them."""

    def handle(self, revision: Revision) -> ModelHandle:
        """Returns its model."""


class Policies(Protocol):
    """When deployments learn; see `RetrainPolicyService`."""

    def get(self, deployment_id: str) -> RetrainPolicy:
        """Returns the policy, the default where none was saved."""

    def pause(self, deployment_id: str, reason: str) -> object:
        """Lets it wait for a person."""


class Training(Protocol):
    """Fine-tunes; see `TrainingService`."""

    def start(self, spec: TrainingSpec, *, job_id: str | None = None) -> Job:
        """Queues a run."""

    def resume(self, job_id: str) -> Job:
        """Goes on with an interrupted run."""

    def cancel(self, job_id: str) -> Job:
        """Stops a run."""

    def get(self, job_id: str) -> Job:
        """Returns a run, or raises NotFound."""


class Snapshot(NamedTuple):
    """What a cycle is trained on, and judged by."""

    dataset_version_id: str | None
    holdout_version_id: str | None
    n_train: int
    """Corrections that are trained on."""
    n_holdout: int
    """Corrections that are never trained on."""
    n_replay: int
    """Rows of the original data beside them."""
    issues: tuple[str, ...] = ()
    """What forbids training on it; empty when nothing does."""
    sentence: str = ""


class Place(NamedTuple):
    """Where a cycle is trained."""

    spec: TrainingSpec | None
    """None: nowhere now."""
    why: str
    """Why there, or what it waits for, in one sentence."""
    usd: Decimal | None = None
    """What it will cost; None when not known."""


class Readying(Protocol):
    """Whether a deployment would begin a cycle now; see `Readier`."""

    def readiness(self, deployment: Deployment) -> Readiness:
        """Returns what it waits for, and what fires."""

    def bad_ends(self, deployment_id: str, policy: RetrainPolicy) -> int:
        """Returns how many cycles in a row ended badly since the policy was armed."""


class Looking(Protocol):
    """What a look at a rollout sees; see `Looks`."""

    def shadow(self, seen: Rollout) -> RolloutCheck:
        """Looks at copies of requests."""

    def canary(self, seen: Rollout) -> RolloutCheck:
        """Looks at both arms."""

    def bake(self, seen: Rollout) -> RolloutCheck:
        """Looks at a promoted candidate."""


Snapshotter = Callable[[RetrainCycle], Snapshot]
"""Makes the dataset versions of a cycle; twice for the same cycle, the same versions."""
Placer = Callable[[RetrainCycle, Snapshot], Place]
Tell = Callable[[str, str, str, Evidence], None]
"""Event, deployment id, sentence, details → whoever wants to hear of it."""
AnswerUsd = Callable[[str, int | None, int | None], float | None]
"""Model, tokens of question and answer → USD; None when not known."""
