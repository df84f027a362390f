"""Retraining: what people see of the flywheel's machine, and the word they have in it."""

from __future__ import annotations

from collections.abc import Callable

from studio.domain.deployments import Slot
from studio.domain.errors import Conflict
from studio.domain.gates import GateDecision
from studio.domain.retraining import (
    CycleEvent,
    CycleState,
    Readiness,
    RetrainCycle,
    TriggerKind,
)
from studio.domain.rollouts import Rollout, RolloutCheck
from studio.services.cycle_machine import CycleMachine, Parts
from studio.services.turns import Turns
from studio.store.cursor import Cursor
from studio.store.gates import GateStore
from studio.store.rollouts import RolloutStore

PERIOD = 1.0
"""Seconds between two looks at cycles."""
EVERY = 15
"""So many of these for one look at what waits: all corrections are read for it."""


class RetrainingService:
    """Begins cycles and ends them on somebody's word; one thread moves all of them on."""

    def __init__(
        self,
        parts: Parts,
        gates: GateStore,
        rollouts: RolloutStore,
        *,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """`changed` is called whenever a cycle is not where it was."""
        self._machine = CycleMachine(parts)
        self._store, self._deployments, self._parts = parts.store, parts.deployments, parts
        self._gates, self._rollouts, self._changed = gates, rollouts, changed
        self._turns = Turns("retraining", lambda id: None, look=self._glance, period=PERIOD)
        self._glances = 0

    def open(self) -> None:
        """Begins to look; cycles of an earlier studio go on where they were."""
        self._turns.open(lambda: ())

    def close(self) -> None:
        """Stops after the step in progress; the store knows where every cycle is."""
        self._turns.close()

    def closing(self) -> bool:
        """Says whether the studio is about to end."""
        return self._turns.closing()

    def readiness(self, deployment_id: str) -> Readiness:
        """Returns whether a cycle would begin now, and what it waits for."""
        return self._parts.readier.readiness(self._deployments.get(deployment_id))

    def cycles(self, deployment_id: str | None = None) -> list[RetrainCycle]:
        """Returns the cycles of one deployment, or of all, newest first."""
        return self._store.cycles(deployment_id)

    def cycle(self, cycle_id: str) -> RetrainCycle:
        """Returns a cycle or raises NotFound."""
        return self._store.cycle(cycle_id)

    def events(self, cycle_id: str) -> list[CycleEvent]:
        """Returns the moves of a cycle, oldest first."""
        self._store.cycle(cycle_id)
        return self._store.events(cycle_id)

    def gate(self, cycle_id: str) -> GateDecision | None:
        """Returns what the gate decided, None before it has."""
        gate_id = self._store.cycle(cycle_id).gate_id
        return None if gate_id is None else self._gates.decision(gate_id)

    def rollout(self, cycle_id: str) -> Rollout | None:
        """Returns how far the candidate got, None before its rollout."""
        rollout_id = self._store.cycle(cycle_id).rollout_id
        return None if rollout_id is None else self._rollouts.get(rollout_id)

    def checks(self, rollout_id: str) -> list[RolloutCheck]:
        """Returns the looks at a rollout, oldest first."""
        return self._rollouts.checks(rollout_id)

    def start(self, deployment_id: str, *, actor: str) -> RetrainCycle:
        """Begins a cycle now; one that is under way is superseded.

        Raises:
            Conflict: when nothing may be learnt from the deployment, nothing answers there, or it
                has no original data to learn from and be judged by.
        """
        deployment = self._deployments.get(deployment_id)
        policy = self._parts.policies.get(deployment_id)
        if policy.dataset_version_id is None:
            raise Conflict(
                f"{deployment.name} has no original data, so nothing could be trained or judged.",
                hint="Choose it in the policy of the deployment, then start again.",
            )
        cycle = self._machine.fresh(deployment, policy, TriggerKind.MANUAL, actor=actor)
        held = self._store.holder(deployment_id)
        message = f"Started by {actor}."

        def begun(cursor: Cursor) -> None:
            self._store.write_begin(cursor, cycle, message)

        if held is None:
            self._store.begin(cycle, message)
        else:
            older = self._store.cycle(held)
            self._parts.moves.take_out(
                older,
                CycleState.SUPERSEDED,
                f"Superseded by a newer cycle, started by {actor}.",
                actor=actor,
                also=begun,
            )
            self._parts.steps.stop_training(older)
        self._changed()
        return self._store.cycle(cycle.id)

    def roll_out(
        self, deployment_id: str, revision_id: str, *, actor: str, note: str = ""
    ) -> RetrainCycle:
        """Lets a revision that a person brought answer some of the people, watched like any other.

        Nothing is trained and no gate is asked; harm takes it back all the same.

        Raises:
            Conflict: when a cycle is under way, or the revision must not answer.
        """
        deployment = self._deployments.get(deployment_id)
        revision = self._deployments.revision(revision_id)
        if revision.deployment_id != deployment_id or revision.quarantined:
            raise Conflict(
                f"{revision.name} cannot answer at {deployment.name}.",
                hint="Choose a revision of this deployment that was not rolled back.",
            )
        if deployment.holds(revision_id):
            raise Conflict(f"{revision.name} is in a slot of {deployment.name} already.")
        policy = self._parts.policies.get(deployment_id)
        fresh = self._machine.fresh(
            deployment, policy, TriggerKind.MANUAL, actor=actor, learns=False
        )
        cycle = fresh.with_(state=CycleState.GATING, candidate=revision_id)
        message = f"Rolled out by {actor} without a gate." + (f" {note}" if note else "")

        def begun(cursor: Cursor) -> None:
            self._store.write_begin(cursor, cycle, message)

        self._parts.watch.begin(cycle, message, actor=actor, also=begun)
        self._changed()
        return self._store.cycle(cycle.id)

    def approve(self, cycle_id: str, *, actor: str, note: str = "") -> RetrainCycle:
        """Lets a candidate that passed its gate answer people.

        Raises:
            Conflict: when it does not wait for that, or what answers today was not compared with.
        """
        cycle = self._waiting(cycle_id)
        champion = self._deployments.get(cycle.deployment_id).slots.get(Slot.CHAMPION)
        if champion != cycle.champion:
            raise Conflict(
                "Another revision answers since the candidate was compared.",
                hint="Decline it and start a new cycle, which compares with what answers now.",
            )
        message = f"Approved by {actor}." + (f" {note}" if note else "")
        self._parts.watch.begin(cycle, message, actor=actor)
        self._changed()
        return self._store.cycle(cycle_id)

    def decline(self, cycle_id: str, *, actor: str, note: str = "") -> RetrainCycle:
        """Ends a cycle whose candidate passed its gate and is not wanted."""
        cycle = self._waiting(cycle_id)
        message = f"Declined by {actor}." + (f" {note}" if note else "")
        declined = self._store.move(
            cycle, CycleState.REJECTED, message, at=self._parts.clock(), actor=actor
        )
        self._changed()
        return declined

    def cancel(self, cycle_id: str, *, actor: str, note: str = "") -> RetrainCycle:
        """Stops a cycle: its training ends, its candidate leaves every slot.

        Raises:
            InvalidTransition: when it has ended, or its candidate is the champion already.
        """
        cycle = self._store.cycle(cycle_id)
        cycle.moved_to(CycleState.CANCELLED)
        message = f"Cancelled by {actor}." + (f" {note}" if note else "")
        self._parts.moves.take_out(cycle, CycleState.CANCELLED, message, actor=actor)
        self._parts.steps.stop_training(cycle)
        self._changed()
        return self._store.cycle(cycle_id)

    def tick(self) -> None:
        """Looks once at every cycle and every deployment."""
        if self._machine.look():
            self._changed()

    def _glance(self) -> None:
        thorough = self._glances % EVERY == 0
        self._glances += 1
        if self._machine.look(begin=thorough):
            self._changed()

    def _waiting(self, cycle_id: str) -> RetrainCycle:
        cycle = self._store.cycle(cycle_id)
        if cycle.state is not CycleState.AWAITING_APPROVAL:
            raise Conflict(
                f"Cycle {cycle.number} is {cycle.state}; nobody is asked about it now.",
                hint="Reload the page to see its present state.",
            )
        return cycle
