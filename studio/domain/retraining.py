"""RetrainPolicy: when and how a deployment learns by itself; RetrainCycle: one time it did."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from studio.domain.datasets import Split
from studio.domain.deployments import Evidence
from studio.domain.errors import InvalidTransition
from studio.domain.gates import GateConfig
from studio.domain.rollouts import RolloutConfig
from studio.domain.training import Effort, Method, Objective
from studio.domain.values import Value


class Mode(StrEnum):
    """How far a deployment goes by itself."""

    NOTIFY = "notify"
    """Says that it is time, and waits for a person."""
    TRAIN_THEN_ASK = "train_then_ask"
    """Trains and decides by the gate, then waits for a person before anybody is answered."""
    AUTO = "auto"
    """Goes all the way; unlocked by one cycle a person approved and a golden set of 100."""


class TriggerKind(StrEnum):
    """Why a cycle began."""

    CORRECTIONS = "corrections"
    THUMBS = "thumbs"
    DRIFT = "drift"
    SCHEDULE = "schedule"
    MANUAL = "manual"
    BASE_SHUTDOWN = "base_shutdown"


class RetrainPolicy(Value):
    """When a deployment learns, from what, where, and who has the last word."""

    deployment_id: str
    version: int = 1
    """Grows with every change; cycles name the one they began with."""
    enabled: bool = True
    mode: Mode = Mode.TRAIN_THEN_ASK
    dataset_version_id: str | None = None
    """The original data: replayed in every training; its test split is the golden set."""
    golden_version_id: str | None = None
    """Another dataset version to take the golden set from; None: the original data."""
    golden_split: Split = Split.TEST
    safety_version_id: str | None = None
    """Questions whose right answers may not be lost, all of a dataset version; None: none."""
    min_new_corrections: int = Field(default=100, ge=1, le=100_000)
    """Approved corrections of different questions, not learnt from yet."""
    min_raters: int = Field(default=2, ge=1, le=100)
    max_share_one_rater: float = Field(default=0.7, gt=0, le=1)
    """No single person may have given a larger share of the corrections."""
    thumbs_down_ceiling: float | None = Field(default=None, gt=0, lt=1)
    """Also begin when thumbs down are surely more frequent than this; None: never."""
    drift_psi_ceiling: float = Field(default=0.25, gt=0)
    """Population stability index above which questions have changed."""
    drift_trains: bool = False
    """Whether drift begins a cycle; otherwise it only tells."""
    schedule_days: int | None = Field(default=None, ge=1, le=366)
    """Also begin every so many days, when there is anything new; None: never."""
    cooldown_hours: float = Field(default=24, ge=0, le=8784)
    """Between the end of one cycle and the start of the next."""
    debounce_minutes: float = Field(default=15, ge=0, le=10_080)
    """After the newest correction, so that somebody in the midst of correcting can finish."""
    monthly_budget_usd: Decimal | None = Field(default=None, ge=0)
    """None: no ceiling. With one, a cycle whose cost is unknown does not begin by itself."""
    replay_ratio: float = Field(default=1.0, ge=0, le=1)
    """Share of the original training data that is trained on beside the corrections."""
    objective: Objective = Objective.SFT
    base_model: str = ""
    """Always trained from this one, never from an adapter; empty: that of the champion."""
    backend: str = "local"
    """`local` or `endpoint:NAME`."""
    fallback_backend: str | None = "local"
    """Where to train when that one cannot; None: wait."""
    fallback_model: str = ""
    """Base model there; empty: the same."""
    method: Method = Method.LORA
    effort: Effort = Effort.BALANCED
    hyperparameters: dict[str, Any] = {}
    """Those that differ from what the effort recommends, by name."""
    agreed_to: str = ""
    """Host of a hosted backend that a person agreed to send this deployment's data to."""
    gate: GateConfig = GateConfig()
    rollout: RolloutConfig = RolloutConfig()
    max_consecutive_failures: int = Field(default=2, ge=1, le=10)
    paused_because: str = ""
    """Why it waits for a person to arm it again; empty while it is armed."""
    changed_by: str = ""
    created_at: datetime


class CycleState(StrEnum):
    """Where a cycle stands."""

    TRIGGERED = "triggered"
    SNAPSHOTTING = "snapshotting"
    VALIDATING = "validating"
    TRAINING = "training"
    EVALUATING = "evaluating"
    GATING = "gating"
    AWAITING_APPROVAL = "awaiting_approval"
    SHADOW = "shadow"
    CANARY = "canary"
    PROMOTED = "promoted"
    """Champion now, watched for a while longer."""
    KEPT = "kept"
    """Promoted, and the watch has ended well."""
    ROLLED_BACK = "rolled_back"
    REJECTED = "rejected"
    INCONCLUSIVE = "inconclusive"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


ENDED = frozenset(
    {
        CycleState.KEPT,
        CycleState.ROLLED_BACK,
        CycleState.REJECTED,
        CycleState.INCONCLUSIVE,
        CycleState.FAILED,
        CycleState.CANCELLED,
        CycleState.SUPERSEDED,
    }
)
"""States without a way on. `promoted` frees the deployment for the next cycle but is watched."""

MOVES: dict[CycleState, frozenset[CycleState]] = {
    CycleState.TRIGGERED: frozenset({CycleState.SNAPSHOTTING}),
    CycleState.SNAPSHOTTING: frozenset({CycleState.VALIDATING}),
    CycleState.VALIDATING: frozenset({CycleState.TRAINING, CycleState.REJECTED}),
    CycleState.TRAINING: frozenset({CycleState.EVALUATING}),
    CycleState.EVALUATING: frozenset({CycleState.GATING}),
    CycleState.GATING: frozenset(
        {
            CycleState.AWAITING_APPROVAL,
            CycleState.SHADOW,
            CycleState.REJECTED,
            CycleState.INCONCLUSIVE,
        }
    ),
    CycleState.AWAITING_APPROVAL: frozenset({CycleState.SHADOW, CycleState.REJECTED}),
    CycleState.SHADOW: frozenset({CycleState.CANARY, CycleState.ROLLED_BACK}),
    CycleState.CANARY: frozenset({CycleState.PROMOTED, CycleState.ROLLED_BACK}),
    CycleState.PROMOTED: frozenset({CycleState.KEPT, CycleState.ROLLED_BACK}),
}
"""State → states that may follow; every state before `promoted` may also fail, be cancelled by a
person, or be superseded by a newer manual cycle."""

LEFT_EARLY = frozenset({CycleState.FAILED, CycleState.CANCELLED, CycleState.SUPERSEDED})
BEFORE_PROMOTED = frozenset(CycleState) - ENDED - {CycleState.PROMOTED}
"""In these a cycle holds its deployment: a second one cannot begin."""


class RetrainCycle(Value):
    """One way round the flywheel."""

    id: str
    deployment_id: str
    number: int
    """1, 2, 3 … within the deployment."""
    state: CycleState = CycleState.TRIGGERED
    trigger: TriggerKind
    evidence: Evidence = {}
    """Numbers that set it off, by name."""
    actor: str = "flywheel"
    """Who set it off."""
    policy: RetrainPolicy
    """As it was when the cycle began."""
    dataset_version_id: str | None = None
    """What it is trained on; made by this cycle."""
    holdout_version_id: str | None = None
    """Corrections that no cycle ever trains on; what the gate asks."""
    job_id: str | None = None
    candidate: str | None = None
    """Revision id."""
    champion: str
    """Revision id when the cycle began."""
    gate_id: str | None = None
    rollout_id: str | None = None
    estimated_usd: Decimal | None = None
    """None when not known."""
    actual_usd: Decimal | None = None
    attempt: int = 1
    """2 after the one automatic repetition of a failed training."""
    message: str = ""
    """What happened last, in one sentence for people."""
    created_at: datetime
    updated_at: datetime
    """When it last moved."""

    @property
    def open(self) -> bool:
        """True while it holds its deployment, so that no other cycle can begin."""
        return self.state in BEFORE_PROMOTED

    def moved_to(self, state: CycleState, **changes: Any) -> RetrainCycle:
        """Returns the cycle in its next state.

        Raises:
            InvalidTransition: when that move is not legal.
        """
        stopped = state in LEFT_EARLY and self.state in BEFORE_PROMOTED
        if not stopped and state not in MOVES.get(self.state, frozenset()):
            raise InvalidTransition(
                f"Cycle {self.id} is {self.state} and cannot become {state}.",
                hint="Reload the page to see its present state.",
            )
        return self.with_(state=state, **changes)


class CycleEvent(Value):
    """One move of a cycle. Append-only."""

    cycle_id: str
    seq: int
    from_state: CycleState | None
    to_state: CycleState
    actor: str
    message: str
    """The decision and its numbers, in one sentence for people."""
    evidence: Evidence = {}
    created_at: datetime


class Condition(Value):
    """One thing that must hold before a cycle begins."""

    name: str
    """Short name, for example `corrections` or `cooldown`."""
    met: bool
    have: float | None = None
    """None where it is not a number, or not known."""
    need: float | None = None
    sentence: str
    """For people: `37 of 100 approved corrections`."""


class Readiness(Value):
    """Whether a deployment would begin a cycle now, and what it waits for."""

    fires: TriggerKind | None = None
    """What would set it off; None while it waits."""
    conditions: tuple[Condition, ...]
    sentence: str
    """For people: what it waits for."""


CycleAct = Literal["approve", "decline", "cancel"]
"""What a person may say to a cycle."""
