"""What the deployment pages need of the services, no more than that."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from studio.domain.deployments import Deployment, LedgerRow, Revision, Slot
from studio.domain.gates import GateDecision
from studio.domain.jobs import Job
from studio.domain.ladder import RungRun, RungSetup
from studio.domain.monitoring import DriftReport, Traffic, TrafficPoint
from studio.domain.retraining import CycleEvent, Readiness, RetrainCycle, RetrainPolicy
from studio.domain.rollouts import Rollout, RolloutCheck

if TYPE_CHECKING:
    from studio.services.datasets import DatasetService
    from studio.services.endpoints import EndpointService
    from studio.services.models import ModelService


class Deployments(Protocol):
    """Slots, revisions and ledger; see `DeploymentService`."""

    def create(
        self,
        *,
        project_id: str,
        name: str,
        model_id: str,
        setup: RungSetup | None = None,
        suite_version_id: str | None = None,
        description: str = "",
        actor: str = "",
    ) -> Deployment:
        """Deploys a model under a name."""

    def all(self, project_id: str | None = None) -> list[Deployment]:
        """Returns the deployments."""

    def named(self, name: str) -> Deployment:
        """Returns the one of that name, or raises NotFound."""

    def change(
        self, deployment_id: str, *, description: str | None = None, may_train: bool | None = None
    ) -> Deployment:
        """Changes what is said of it."""

    def open_link(self, deployment_id: str) -> Deployment:
        """Opens its feedback page under a fresh address."""

    def close_link(self, deployment_id: str) -> Deployment:
        """Closes its feedback page."""

    def revisions(self, deployment_id: str) -> list[Revision]:
        """Returns everything that ever answered, or may."""

    def revision(self, revision_id: str) -> Revision:
        """Returns one revision."""

    def add_revision(
        self,
        deployment_id: str,
        *,
        model_id: str,
        setup: RungSetup | None = None,
        suite_version_id: str | None = None,
    ) -> Revision:
        """Adds a way to answer, in no slot yet."""

    def place(
        self,
        deployment_id: str,
        slot: Slot,
        revision_id: str,
        *,
        actor: str,
        reason: str,
        share: float | None = None,
    ) -> Deployment:
        """Puts a revision into a slot."""

    def promote(
        self, deployment_id: str, revision_id: str | None = None, *, actor: str, reason: str
    ) -> Deployment:
        """Makes a revision the champion."""

    def rollback(self, deployment_id: str, *, actor: str, reason: str) -> Deployment:
        """Takes the newest change of what answers back."""

    def split(self, deployment_id: str, share: float, *, actor: str, reason: str) -> Deployment:
        """Sets the candidate's share of the sessions."""

    def clear(self, deployment_id: str, slot: Slot, *, actor: str, reason: str) -> Deployment:
        """Empties a slot."""

    def ledger(self, deployment_id: str) -> list[LedgerRow]:
        """Returns every change."""

    def verify(self, deployment_id: str) -> int | None:
        """Returns the number of the first row whose hash is wrong."""


class Retraining(Protocol):
    """Cycles, and people's word in them; see `RetrainingService`."""

    def readiness(self, deployment_id: str) -> Readiness:
        """Returns what the next cycle waits for."""

    def cycles(self, deployment_id: str | None = None) -> list[RetrainCycle]:
        """Returns the cycles, newest first."""

    def events(self, cycle_id: str) -> list[CycleEvent]:
        """Returns a cycle's moves, oldest first."""

    def gate(self, cycle_id: str) -> GateDecision | None:
        """Returns what its gate decided."""

    def rollout(self, cycle_id: str) -> Rollout | None:
        """Returns how far its candidate got."""

    def checks(self, rollout_id: str) -> list[RolloutCheck]:
        """Returns the looks at a rollout, oldest first."""

    def start(self, deployment_id: str, *, actor: str) -> RetrainCycle:
        """Begins a cycle now."""

    def approve(self, cycle_id: str, *, actor: str, note: str = "") -> RetrainCycle:
        """Lets the candidate answer people."""

    def decline(self, cycle_id: str, *, actor: str, note: str = "") -> RetrainCycle:
        """Ends a cycle that waits for a person."""

    def cancel(self, cycle_id: str, *, actor: str, note: str = "") -> RetrainCycle:
        """Stops a cycle."""


class Policies(Protocol):
    """When deployments learn; see `RetrainPolicyService`."""

    def get(self, deployment_id: str) -> RetrainPolicy:
        """Returns the policy, the default where none was saved."""

    def auto_locked_because(self, deployment_id: str) -> str:
        """Says why it may not go all the way by itself; empty when it may."""

    def save(self, policy: RetrainPolicy, *, actor: str) -> RetrainPolicy:
        """Keeps a policy as its next version."""

    def arm(self, deployment_id: str, *, actor: str) -> RetrainPolicy:
        """Lets a paused policy act again."""

    def pause(self, deployment_id: str, reason: str) -> RetrainPolicy:
        """Lets it wait for a person."""


class TrafficSums(Protocol):
    """Windows over what was answered; see `TrafficService`."""

    def window(
        self,
        deployment_id: str,
        *,
        revision_id: str | None = None,
        start: datetime,
        end: datetime,
    ) -> Traffic:
        """Returns the sums of a window."""

    def points(self, deployment_id: str, *, hours: float, steps: int) -> list[TrafficPoint]:
        """Returns the last hours in steps."""


class Drift(Protocol):
    """How questions moved; see `DriftService`."""

    def latest(self, deployment_id: str) -> list[DriftReport]:
        """Returns the newest report of each feature."""


class Jobs(Protocol):
    """Trainings; see `TrainingService`."""

    def get(self, job_id: str) -> Job:
        """Returns a run."""

    def places(self) -> tuple[str, ...]:
        """Returns where one can train."""


class Answerers(Protocol):
    """What can be deployed; see `LadderService`."""

    def models(self, project_id: str) -> dict[str, str]:
        """Returns id → name of every model that can answer."""

    def all(self, project_id: str) -> list[RungRun]:
        """Returns the measured rungs of a project."""


class Flywheel(Protocol):
    """The part of the container that these pages look at."""

    @property
    def deployments(self) -> Deployments:
        """Slots and ledger."""

    @property
    def retraining(self) -> Retraining:
        """Cycles."""

    @property
    def policies(self) -> Policies:
        """When deployments learn."""

    @property
    def traffic(self) -> TrafficSums:
        """What was answered."""

    @property
    def drift(self) -> Drift:
        """How questions moved."""

    @property
    def training(self) -> Jobs:
        """Training runs."""

    @property
    def ladder(self) -> Answerers:
        """Models and measured rungs."""

    @property
    def datasets(self) -> DatasetService:
        """Datasets, for the policy form."""

    @property
    def models(self) -> ModelService:
        """Base models, for the policy form."""

    @property
    def endpoints(self) -> EndpointService:
        """Places elsewhere, for the policy form."""
