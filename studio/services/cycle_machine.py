"""Cycle machine: one look at every cycle and every deployment, each a step further."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from studio.domain.deployments import Deployment, Evidence, Slot
from studio.domain.errors import Conflict, StudioError
from studio.domain.retraining import (
    BEFORE_PROMOTED,
    CycleState,
    Mode,
    Readiness,
    RetrainCycle,
    RetrainPolicy,
    TriggerKind,
)
from studio.domain.values import new_id
from studio.services.cycle_gate import CycleGate
from studio.services.cycle_steps import CycleSteps
from studio.services.deployments import DeploymentService
from studio.services.retraining_needs import Policies, Readying, Tell
from studio.services.rollback_proof import RollbackProof
from studio.services.rollout_moves import RolloutMoves
from studio.services.rollout_watch import RolloutWatch
from studio.store.retraining import RetrainingStore

TRIES = 5
"""Errors in one step of a cycle before it fails; each is waited out twice as long."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=10)
REMIND = timedelta(hours=24)
"""After this long a deployment that waits for a person is mentioned again."""
TOLD = {
    CycleState.AWAITING_APPROVAL: "awaiting_approval",
    CycleState.PROMOTED: "promoted",
    CycleState.ROLLED_BACK: "rolled_back",
    CycleState.REJECTED: "gate_failed",
    CycleState.INCONCLUSIVE: "gate_inconclusive",
    CycleState.FAILED: "cycle_failed",
}
"""What is told to whoever asked for alerts."""
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the machine is made of."""

    store: RetrainingStore
    deployments: DeploymentService
    policies: Policies
    readier: Readying
    steps: CycleSteps
    gate: CycleGate
    watch: RolloutWatch
    moves: RolloutMoves
    proof: RollbackProof
    tell: Tell
    clock: Callable[[], datetime]


class CycleMachine:
    """Moves cycles on; whatever it was doing when the studio died, it does again."""

    def __init__(self, parts: Parts) -> None:
        self._store, self._deployments, self._policies = (
            parts.store,
            parts.deployments,
            parts.policies,
        )
        self._parts, self._readier = parts, parts.readier
        self._tell, self._clock = parts.tell, parts.clock
        self._ticking = threading.Lock()
        self._troubles: dict[tuple[str, CycleState], tuple[int, datetime]] = {}
        self._reminded: dict[str, tuple[TriggerKind, datetime]] = {}
        self._steps: dict[CycleState, Callable[[RetrainCycle], object]] = {
            CycleState.TRIGGERED: parts.steps.triggered,
            CycleState.SNAPSHOTTING: parts.steps.snapshotting,
            CycleState.VALIDATING: parts.steps.validating,
            CycleState.TRAINING: parts.steps.training,
            CycleState.EVALUATING: parts.gate.evaluating,
            CycleState.GATING: parts.gate.gating,
            CycleState.SHADOW: parts.watch.shadow,
            CycleState.CANARY: parts.watch.canary,
            CycleState.PROMOTED: parts.watch.promoted,
        }

    def look(self, *, begin: bool = True) -> bool:
        """Looks once at everything; returns whether any cycle is not where it was.

        Without `begin` only cycles that are under way are looked at.
        """
        with self._ticking:
            cycles = self._store.unended()
            for cycle in self._store.unproven():
                self._guarded(cycle, self._parts.proof.prove)
            for cycle in self._store.unstopped():
                self._guarded(cycle, self._parts.steps.stop_training)
            for cycle in cycles:
                self._guarded(cycle, self._step)
            for deployment in self._deployments.all() if begin else ():
                self._look_at(deployment)
            return cycles != self._store.unended()

    def fresh(
        self,
        deployment: Deployment,
        policy: RetrainPolicy,
        trigger: TriggerKind,
        *,
        actor: str = "flywheel",
        evidence: Evidence | None = None,
        learns: bool = True,
    ) -> RetrainCycle:
        """Returns a cycle that is about to begin; nothing is written.

        Without `learns` nothing is trained in it, so nobody's consent is needed.

        Raises:
            Conflict: when nothing may be learnt from the deployment, or nothing answers there.
        """
        champion = deployment.slots.get(Slot.CHAMPION)
        if champion is None or (learns and not deployment.may_train):
            raise Conflict(
                f"Nothing may be learnt from {deployment.name}."
                if champion is not None
                else f"Nothing answers at {deployment.name} yet.",
                hint="Change that on the page of the deployment first.",
            )
        return RetrainCycle(
            id=new_id("cycle"),
            deployment_id=deployment.id,
            number=1,
            trigger=trigger,
            evidence=evidence or {},
            actor=actor,
            policy=policy,
            champion=champion,
            created_at=self._clock(),
            updated_at=self._clock(),
        )

    def _step(self, cycle: RetrainCycle) -> None:
        step = self._steps.get(cycle.state)
        if step is not None:
            step(cycle)
            self._announce(cycle)

    def _announce(self, before: RetrainCycle) -> None:
        now = self._store.cycle(before.id)
        if now.state is not before.state and now.state in TOLD:
            details: Evidence = {"cycle": now.id, "number": now.number, "state": now.state.value}
            self._tell(TOLD[now.state], now.deployment_id, now.message, details)

    def _guarded(self, cycle: RetrainCycle, step: Callable[[RetrainCycle], object]) -> None:
        key = (cycle.id, cycle.state)
        tries, until = self._troubles.get(key, (0, self._clock()))
        if self._clock() < until:
            return
        try:
            step(cycle)
        except StudioError as error:
            LOG.warning("Cycle %s could not go on from %s: %s", cycle.id, cycle.state, error)
            wait = min(FIRST_WAIT * 2 ** min(tries, 10), LONGEST_WAIT)
            self._troubles[key] = (tries + 1, self._clock() + wait)
            if tries + 1 >= TRIES and cycle.rollout_id is None:
                self._fail(cycle, error)
        else:
            self._troubles.pop(key, None)

    def _fail(self, cycle: RetrainCycle, error: StudioError) -> None:
        kept = self._store.cycle(cycle.id)
        if kept.state in BEFORE_PROMOTED:
            message = f"It could not go on from {kept.state}. {error}"
            self._store.move(kept, CycleState.FAILED, message, at=self._clock())
            self._announce(cycle)

    def _look_at(self, deployment: Deployment) -> None:
        if self._store.holder(deployment.id) is not None:
            return
        policy = self._policies.get(deployment.id)
        if not policy.enabled or policy.paused_because:
            return
        bad = self._readier.bad_ends(deployment.id, policy)
        reason = self._taken_back(policy)
        if bad >= policy.max_consecutive_failures:
            reason = f"{bad} cycles in a row ended badly; look at them, then arm it again."
        if reason:
            self._policies.pause(deployment.id, reason)
            self._tell("paused", deployment.id, reason, {"bad_ends": bad})
            return
        readiness = self._readier.readiness(deployment)
        if readiness.fires is None:
            return
        if policy.mode is Mode.NOTIFY:
            self._remind(deployment, readiness.fires, readiness)
            return
        known = [one for one in readiness.conditions if one.have is not None]
        evidence: Evidence = {one.name: one.have for one in known}
        cycle = self.fresh(deployment, policy, readiness.fires, evidence=evidence)
        try:
            self._store.begin(cycle, readiness.sentence)
        except Conflict:
            return  # A person started one meanwhile.

    def _taken_back(self, policy: RetrainPolicy) -> str:
        """Says that a person took a model back since the policy was last changed or armed.

        The next training would learn the same again, so somebody should look first. A rollback
        while a cycle is watched ends that cycle, which pauses by itself.
        """
        taken = self._store.taken_back(policy.deployment_id)
        if taken is None or taken[0] <= policy.created_at:
            return ""
        _, actor, why = taken
        return f"Its model was rolled back by {actor}: {why}"

    def _remind(self, deployment: Deployment, kind: TriggerKind, readiness: Readiness) -> None:
        told = self._reminded.get(deployment.id)
        if told is None or told[0] is not kind or self._clock() - told[1] > REMIND:
            self._reminded[deployment.id] = (kind, self._clock())
            self._tell("ready", deployment.id, readiness.sentence, {"trigger": kind})
