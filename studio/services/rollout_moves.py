"""Rollout moves: a cycle's move and the change of its deployment's slots as one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from studio.domain.deployments import Deployment, Evidence, Slot
from studio.domain.retraining import CycleState, RetrainCycle
from studio.domain.rollouts import Rollout, RolloutCheck
from studio.services.deployments import DeploymentService
from studio.store.cursor import Cursor
from studio.store.deployments import Also, nothing_else
from studio.store.retraining import RetrainingStore
from studio.store.rollouts import RolloutStore

FLYWHEEL = "flywheel"


@dataclass(frozen=True, kw_only=True)
class Move:
    """Where a cycle goes, and what goes with it."""

    to: CycleState
    message: str
    actor: str = FLYWHEEL
    evidence: Evidence
    rollout: Rollout | None = None
    check: RolloutCheck | None = None


class RolloutMoves:
    """Writes what a rollout comes to, and the ways in which it ends early."""

    def __init__(
        self,
        store: RetrainingStore,
        rollouts: RolloutStore,
        deployments: DeploymentService,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._rollouts, self._deployments = store, rollouts, deployments
        self._clock = clock

    def roll_back(
        self,
        cycle: RetrainCycle,
        reason: str,
        *,
        check: RolloutCheck | None = None,
        actor: str = FLYWHEEL,
    ) -> None:
        """Takes the candidate out and quarantines it: slots, ledger and move in one transaction."""
        rollout, deployment = self.both(cycle)
        move = self.end(rollout, reason, CycleState.ROLLED_BACK, check, actor=actor)
        slots = deployment.holds(rollout.candidate)
        if Slot.CHAMPION in slots or Slot.CANDIDATE in slots:
            self._make_way(deployment, rollout)
            self._deployments.rollback(
                deployment.id,
                actor=actor,
                reason=reason,
                evidence=move.evidence,
                cycle_id=cycle.id,
                also=self.with_slots(cycle, move),
            )
        elif slots:
            # Nobody is answered by it any more; it must only never come back.
            self._clear(cycle, deployment, slots[0], move, quarantine=True)
        else:
            self.alone(cycle, move)

    def take_out(
        self,
        cycle: RetrainCycle,
        to: CycleState,
        message: str,
        *,
        actor: str,
        also: Also = nothing_else,
    ) -> None:
        """Ends a cycle on somebody's word, with its candidate out of every slot.

        `also` comes after the move and is the same transaction: the next cycle can begin in it.
        """
        if cycle.rollout_id is None:
            move = Move(to=to, message=message, actor=actor, evidence={})
            self.alone(cycle, move, also)
            return
        rollout, deployment = self.both(cycle)
        move = self.end(rollout, message, to, status="stopped", actor=actor)
        slots = [
            s for s in deployment.holds(rollout.candidate) if s in (Slot.SHADOW, Slot.CANDIDATE)
        ]
        for slot in slots[1:]:
            self._deployments.clear(
                deployment.id, slot, actor=actor, reason=message, cycle_id=cycle.id
            )
        if slots:
            self._clear(cycle, deployment, slots[0], move, also=also)
        else:
            self.alone(cycle, move, also)

    def end(
        self,
        rollout: Rollout,
        message: str,
        to: CycleState,
        check: RolloutCheck | None = None,
        *,
        actor: str = FLYWHEEL,
        status: str = "",
    ) -> Move:
        """Returns the move that ends a cycle together with its rollout."""
        ended = status or ("completed" if to is CycleState.KEPT else "rolled_back")
        return self.step(to, message, rollout.with_(status=ended), check, actor=actor)

    @staticmethod
    def step(
        to: CycleState,
        message: str,
        rollout: Rollout,
        check: RolloutCheck | None = None,
        *,
        actor: str = FLYWHEEL,
    ) -> Move:
        """Returns a move of a cycle with what it rests on."""
        seen = {} if check is None else numbers(check)
        return Move(
            to=to, message=message, actor=actor, evidence=seen, rollout=rollout, check=check
        )

    def with_slots(self, cycle: RetrainCycle, move: Move, then: Also = nothing_else) -> Also:
        """Returns what writes a move beside a change of slots; `then` comes last."""

        def moved(cursor: Cursor) -> None:
            if move.rollout is not None:
                self._rollouts.write(cursor, move.rollout)
            if move.check is not None:
                self._rollouts.write_check(cursor, move.check)
            self._store.write_move(
                cursor,
                cycle,
                move.to,
                move.message,
                at=self._clock(),
                actor=move.actor,
                evidence=move.evidence,
            )
            then(cursor)

        return moved

    def alone(self, cycle: RetrainCycle, move: Move, then: Also = nothing_else) -> None:
        """Writes a move that changes no slot."""
        self._store.together(self.with_slots(cycle, move, then))

    def both(self, cycle: RetrainCycle) -> tuple[Rollout, Deployment]:
        """Returns the rollout of a cycle, and its deployment as it is now."""
        rollout = self._rollouts.get(cycle.rollout_id or "")
        return rollout, self._deployments.get(cycle.deployment_id)

    def _clear(
        self,
        cycle: RetrainCycle,
        deployment: Deployment,
        slot: Slot,
        move: Move,
        *,
        quarantine: bool = False,
        also: Also = nothing_else,
    ) -> None:
        self._deployments.clear(
            deployment.id,
            slot,
            actor=move.actor,
            reason=move.message,
            quarantine=quarantine,
            evidence=move.evidence,
            cycle_id=cycle.id,
            also=self.with_slots(cycle, move, also),
        )

    def _make_way(self, deployment: Deployment, rollout: Rollout) -> None:
        """Takes a newer candidate out: it was compared with the champion that goes."""
        if deployment.slots.get(Slot.CANDIDATE) not in (None, rollout.candidate):
            self._deployments.clear(
                deployment.id,
                Slot.CANDIDATE,
                actor=FLYWHEEL,
                reason="What it was compared with is rolled back.",
                cycle_id=rollout.cycle_id,
            )


def numbers(check: RolloutCheck) -> Evidence:
    """Returns what a look saw, as evidence."""
    return {
        "stage": check.stage,
        "harm": check.harm,
        "help": check.help,
        "e_value": check.e_value,
        "champion_rated": check.champion.rated,
        "champion_up": check.champion.up,
        "candidate_rated": check.candidate.rated,
        "candidate_up": check.candidate.up,
        "candidate_errors": check.candidate.errors,
    }
