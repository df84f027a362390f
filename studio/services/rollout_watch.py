"""Rollout watch: a candidate's way through shadow and canary to champion, or back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from studio.domain.deployments import Deployment, Slot
from studio.domain.retraining import CycleState, RetrainCycle
from studio.domain.rollouts import Rollout, RolloutCheck
from studio.services.cycle_steps import derived
from studio.services.retraining_needs import (
    Also,
    Deployments,
    Evidence,
    Looking,
    nothing_else,
)
from studio.store.cursor import Cursor
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


class RolloutWatch:
    """The states from `shadow` on; every change of a slot is one transaction with its move."""

    def __init__(
        self,
        store: RetrainingStore,
        rollouts: RolloutStore,
        deployments: Deployments,
        looks: Looking,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._rollouts, self._deployments = store, rollouts, deployments
        self._looks, self._clock = looks, clock

    def begin(
        self,
        cycle: RetrainCycle,
        message: str,
        *,
        actor: str,
        also: Also = nothing_else,
    ) -> None:
        """Lets a candidate answer copies of requests; `also` is the same transaction."""
        at = self._clock()
        config = cycle.policy.rollout
        rollout = Rollout(
            id=derived("rollout", cycle.id),
            cycle_id=cycle.id,
            deployment_id=cycle.deployment_id,
            champion=cycle.champion,
            candidate=cycle.candidate or "",
            stage=-1,
            config=config,
            started_at=at,
            stage_started_at=at,
        )

        def moved(cursor: Cursor) -> None:
            also(cursor)
            self._rollouts.write(cursor, rollout)
            self._store.write_move(
                cursor,
                cycle,
                CycleState.SHADOW,
                message,
                at=at,
                actor=actor,
                evidence={"rollout": rollout.id, "gate": cycle.gate_id},
                rollout_id=rollout.id,
                gate_id=cycle.gate_id,
            )

        if config.shadow_replies == 0:
            self._store.together(moved)
            return
        self._deployments.place(
            cycle.deployment_id,
            Slot.SHADOW,
            rollout.candidate,
            actor=actor,
            reason=message,
            cycle_id=cycle.id,
            gate_id=cycle.gate_id,
            also=moved,
        )

    def shadow(self, cycle: RetrainCycle) -> None:
        """Lets the candidate answer people once it has answered enough copies."""
        rollout, deployment = self._both(cycle)
        if rollout.config.shadow_replies and Slot.SHADOW not in deployment.holds(rollout.candidate):
            self._by_hand(cycle, rollout, deployment)
            return
        check = self._looks.shadow(rollout)
        if check.action == "rollback":
            self.roll_back(cycle, check.sentence, check=check)
        elif check.action == "advance":
            self._to_canary(cycle, rollout, check)
        else:
            self._keep(rollout, check)

    def canary(self, cycle: RetrainCycle) -> None:
        """Grows the candidate's share, or takes it out."""
        rollout, deployment = self._both(cycle)
        if Slot.CANDIDATE not in deployment.holds(rollout.candidate):
            self._by_hand(cycle, rollout, deployment)
            return
        if deployment.slots.get(Slot.SHADOW) == rollout.candidate:
            self._deployments.clear(
                deployment.id,
                Slot.SHADOW,
                actor=FLYWHEEL,
                reason="It answers people now.",
                cycle_id=cycle.id,
            )
        check = self._looks.canary(rollout)
        if check.action == "rollback":
            self.roll_back(cycle, check.sentence, check=check)
        elif check.action == "promote":
            self._promote(cycle, rollout, check)
        elif check.action == "advance":
            self._grow(cycle, rollout, check)
        else:
            self._keep(rollout, check)

    def promoted(self, cycle: RetrainCycle) -> None:
        """Watches a promoted candidate until it has proved itself, or brings the old one back."""
        rollout, deployment = self._both(cycle)
        replaced = deployment.slots.get(Slot.CHAMPION) != rollout.candidate
        if replaced and self._deployments.revision(rollout.candidate).quarantined:
            self._moved(cycle, self._end(rollout, "Rolled back by hand.", CycleState.ROLLED_BACK))
            return
        check = self._looks.bake(rollout)
        if check.action == "rollback":
            self.roll_back(cycle, check.sentence, check=check)
        elif replaced:
            sentence = "Another revision took its place before its watch had ended."
            self._moved(cycle, self._end(rollout, sentence, CycleState.KEPT, check))
        elif check.action == "keep":
            self._moved(cycle, self._end(rollout, check.sentence, CycleState.KEPT, check))
        else:
            self._keep(rollout, check)

    def roll_back(
        self,
        cycle: RetrainCycle,
        reason: str,
        *,
        check: RolloutCheck | None = None,
        actor: str = FLYWHEEL,
    ) -> None:
        """Takes the candidate out and quarantines it: slots, ledger and move in one transaction."""
        rollout, deployment = self._both(cycle)
        move = self._end(rollout, reason, CycleState.ROLLED_BACK, check, actor=actor)
        slots = deployment.holds(rollout.candidate)
        if Slot.CHAMPION in slots or Slot.CANDIDATE in slots:
            self._make_way(deployment, rollout)
            self._deployments.rollback(
                deployment.id,
                actor=actor,
                reason=reason,
                evidence=move.evidence,
                cycle_id=cycle.id,
                also=self._also(cycle, move),
            )
        elif slots:
            # Nobody is answered by it any more; it must only never come back.
            self._clear(cycle, deployment, slots[0], move, quarantine=True)
        else:
            self._moved(cycle, move)

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
            self._moved(cycle, move, also)
            return
        rollout, deployment = self._both(cycle)
        move = self._end(rollout, message, to, status="stopped", actor=actor)
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
            self._moved(cycle, move, also)

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

    def _to_canary(self, cycle: RetrainCycle, rollout: Rollout, check: RolloutCheck) -> None:
        share = rollout.config.stages[0]
        staged = rollout.with_(stage=0, stage_started_at=self._clock())
        message = f"{check.sentence} It answers {share:.0%} of the sessions now."
        move = self._step(CycleState.CANARY, message, staged, check)
        self._deployments.place(
            rollout.deployment_id,
            Slot.CANDIDATE,
            rollout.candidate,
            actor=FLYWHEEL,
            reason=message,
            share=share,
            evidence=move.evidence,
            cycle_id=cycle.id,
            gate_id=cycle.gate_id,
            also=self._also(cycle, move),
        )

    def _grow(self, cycle: RetrainCycle, rollout: Rollout, check: RolloutCheck) -> None:
        stage = rollout.stage + 1
        share = rollout.config.stages[stage]
        staged = rollout.with_(stage=stage, stage_started_at=self._clock())
        message = f"{check.sentence} It answers {share:.0%} of the sessions now."

        def noted(cursor: Cursor) -> None:
            self._rollouts.write(cursor, staged)
            self._rollouts.write_check(cursor, check)
            self._store.write_tell(
                cursor, cycle, message, at=self._clock(), evidence=_numbers(check)
            )

        self._deployments.split(
            rollout.deployment_id,
            share,
            actor=FLYWHEEL,
            reason=message,
            evidence=_numbers(check),
            cycle_id=cycle.id,
            also=noted,
        )

    def _promote(self, cycle: RetrainCycle, rollout: Rollout, check: RolloutCheck) -> None:
        at = self._clock()
        last = len(rollout.config.stages) - 1
        baking = rollout.with_(status="baking", stage=last, stage_started_at=at)
        message = f"{check.sentence} It is the champion now, and watched for a while longer."
        move = self._step(CycleState.PROMOTED, message, baking, check)
        self._deployments.promote(
            rollout.deployment_id,
            rollout.candidate,
            actor=FLYWHEEL,
            reason=message,
            evidence=move.evidence,
            cycle_id=cycle.id,
            gate_id=cycle.gate_id,
            also=self._also(cycle, move),
        )

    def _by_hand(self, cycle: RetrainCycle, rollout: Rollout, deployment: Deployment) -> None:
        """Follows what a person did to the slots."""
        slots, at = deployment.holds(rollout.candidate), self._clock()
        if Slot.CHAMPION in slots and cycle.state is CycleState.CANARY:
            baking = rollout.with_(status="baking", stage_started_at=at)
            self._moved(cycle, self._step(CycleState.PROMOTED, "Promoted by hand.", baking))
        elif (Slot.CANDIDATE in slots or Slot.CHAMPION in slots) and rollout.stage < 0:
            staged = rollout.with_(stage=0, stage_started_at=at)
            self._moved(cycle, self._step(CycleState.CANARY, "Brought forward by hand.", staged))
        else:
            message = "The candidate was taken out of its slot."
            self._moved(cycle, self._end(rollout, message, CycleState.ROLLED_BACK))

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
            also=self._also(cycle, move, also),
        )

    def _end(
        self,
        rollout: Rollout,
        message: str,
        to: CycleState,
        check: RolloutCheck | None = None,
        *,
        actor: str = FLYWHEEL,
        status: str = "",
    ) -> Move:
        ended = status or ("completed" if to is CycleState.KEPT else "rolled_back")
        return self._step(to, message, rollout.with_(status=ended), check, actor=actor)

    @staticmethod
    def _step(
        to: CycleState,
        message: str,
        rollout: Rollout,
        check: RolloutCheck | None = None,
        *,
        actor: str = FLYWHEEL,
    ) -> Move:
        numbers = {} if check is None else _numbers(check)
        return Move(
            to=to, message=message, actor=actor, evidence=numbers, rollout=rollout, check=check
        )

    def _also(self, cycle: RetrainCycle, move: Move, then: Also = nothing_else) -> Also:
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

    def _moved(self, cycle: RetrainCycle, move: Move, then: Also = nothing_else) -> None:
        self._store.together(self._also(cycle, move, then))

    def _keep(self, rollout: Rollout, check: RolloutCheck) -> None:
        """Keeps a look that saw something new; the same again would only fill the disk."""
        last = self._rollouts.last_check(rollout.id)
        if last is None or last.with_(at=check.at) != check:
            self._rollouts.add_check(check)

    def _both(self, cycle: RetrainCycle) -> tuple[Rollout, Deployment]:
        rollout = self._rollouts.get(cycle.rollout_id or "")
        return rollout, self._deployments.get(cycle.deployment_id)


def _numbers(check: RolloutCheck) -> Evidence:
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
