"""Rollout watch: a candidate's way through shadow and canary to champion, or back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from studio.domain.deployments import Deployment, Slot
from studio.domain.errors import StudioError
from studio.domain.retraining import CycleState, RetrainCycle
from studio.domain.rollouts import Rollout, RolloutCheck
from studio.services.cycle_steps import derived
from studio.services.deployments import DeploymentService
from studio.services.retraining_needs import Looking
from studio.services.rollout_moves import FLYWHEEL, RolloutMoves, numbers
from studio.store.cursor import Cursor
from studio.store.deployments import Also, nothing_else
from studio.store.retraining import RetrainingStore
from studio.store.rollouts import RolloutStore


class RolloutWatch:
    """The states from `shadow` on; every change of a slot is one transaction with its move."""

    def __init__(
        self,
        store: RetrainingStore,
        rollouts: RolloutStore,
        deployments: DeploymentService,
        looks: Looking,
        moves: RolloutMoves,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._rollouts, self._deployments = store, rollouts, deployments
        self._looks, self._moves, self._clock = looks, moves, clock

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
        rollout, deployment = self._moves.both(cycle)
        if rollout.config.shadow_replies and Slot.SHADOW not in deployment.holds(rollout.candidate):
            self._by_hand(cycle, rollout, deployment)
            return
        check = self._tried(rollout, self._looks.shadow(rollout))
        if check.action == "rollback":
            self._moves.roll_back(cycle, check.sentence, check=check)
        elif check.action == "advance":
            self._to_canary(cycle, rollout, check)
        else:
            self._keep(rollout, check)

    def canary(self, cycle: RetrainCycle) -> None:
        """Grows the candidate's share, or takes it out."""
        rollout, deployment = self._moves.both(cycle)
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
        check = self._tried(rollout, self._looks.canary(rollout))
        if check.action == "rollback":
            self._moves.roll_back(cycle, check.sentence, check=check)
        elif check.action == "promote":
            self._promote(cycle, rollout, check)
        elif check.action == "advance":
            self._grow(cycle, rollout, check)
        else:
            self._keep(rollout, check)

    def promoted(self, cycle: RetrainCycle) -> None:
        """Watches a promoted candidate until it has proved itself, or brings the old one back."""
        rollout, deployment = self._moves.both(cycle)
        replaced = deployment.slots.get(Slot.CHAMPION) != rollout.candidate
        if replaced and self._deployments.revision(rollout.candidate).quarantined:
            self._moves.alone(
                cycle, self._moves.end(rollout, "Rolled back by hand.", CycleState.ROLLED_BACK)
            )
            return
        check = self._tried(rollout, self._looks.bake(rollout))
        if check.action == "rollback":
            self._moves.roll_back(cycle, check.sentence, check=check)
        elif replaced:
            sentence = "Another revision took its place before its watch had ended."
            self._moves.alone(cycle, self._moves.end(rollout, sentence, CycleState.KEPT, check))
        elif check.action == "keep":
            self._moves.alone(
                cycle, self._moves.end(rollout, check.sentence, CycleState.KEPT, check)
            )
        else:
            self._keep(rollout, check)

    def _to_canary(self, cycle: RetrainCycle, rollout: Rollout, check: RolloutCheck) -> None:
        share = rollout.config.stages[0]
        staged = rollout.with_(stage=0, stage_started_at=self._clock())
        message = f"{check.sentence} It answers {share:.0%} of the sessions now."
        move = self._moves.step(CycleState.CANARY, message, staged, check)
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
            also=self._moves.with_slots(cycle, move),
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
                cursor, cycle, message, at=self._clock(), evidence=numbers(check)
            )

        self._deployments.split(
            rollout.deployment_id,
            share,
            actor=FLYWHEEL,
            reason=message,
            evidence=numbers(check),
            cycle_id=cycle.id,
            also=noted,
        )

    def _promote(self, cycle: RetrainCycle, rollout: Rollout, check: RolloutCheck) -> None:
        at = self._clock()
        last = len(rollout.config.stages) - 1
        baking = rollout.with_(status="baking", stage=last, stage_started_at=at)
        message = f"{check.sentence} It is the champion now, and watched for a while longer."
        move = self._moves.step(CycleState.PROMOTED, message, baking, check)
        self._deployments.promote(
            rollout.deployment_id,
            rollout.candidate,
            actor=FLYWHEEL,
            reason=message,
            evidence=move.evidence,
            cycle_id=cycle.id,
            gate_id=cycle.gate_id,
            also=self._moves.with_slots(cycle, move),
        )

    def _by_hand(self, cycle: RetrainCycle, rollout: Rollout, deployment: Deployment) -> None:
        """Follows what a person did to the slots."""
        slots, at = deployment.holds(rollout.candidate), self._clock()
        if Slot.CHAMPION in slots and cycle.state is CycleState.CANARY:
            baking = rollout.with_(status="baking", stage_started_at=at)
            self._moves.alone(
                cycle, self._moves.step(CycleState.PROMOTED, "Promoted by hand.", baking)
            )
        elif (Slot.CANDIDATE in slots or Slot.CHAMPION in slots) and rollout.stage < 0:
            staged = rollout.with_(stage=0, stage_started_at=at)
            self._moves.alone(
                cycle, self._moves.step(CycleState.CANARY, "Brought forward by hand.", staged)
            )
        else:
            message = "The candidate was taken out of its slot."
            self._moves.alone(cycle, self._moves.end(rollout, message, CycleState.ROLLED_BACK))

    def _tried(self, rollout: Rollout, check: RolloutCheck) -> RolloutCheck:
        """Takes a candidate back at once that cannot answer at all, after its first failure.

        A model that is gone or does not load need not fail so often as to be compared. Where the
        champion does not answer either, the trouble is not the candidate's.
        """
        last = self._rollouts.last_check(rollout.id)
        known = last.candidate.errors if last is not None and last.stage == check.stage else 0
        if check.action == "rollback" or check.candidate.errors <= known:
            return check
        trouble = self._trouble(rollout.candidate)
        if not trouble or self._trouble(rollout.champion):
            return check
        sentence = f"The candidate does not answer any more, and the champion does: {trouble}"
        return check.with_(action="rollback", sentence=sentence)

    def _trouble(self, revision_id: str) -> str:
        """Returns why a revision does not answer a test question; empty when it does."""
        try:
            self._deployments.check(revision_id)
        except StudioError as error:
            return error.message or type(error).__name__
        return ""

    def _keep(self, rollout: Rollout, check: RolloutCheck) -> None:
        """Keeps a look that saw something new; the same again would only fill the disk."""
        last = self._rollouts.last_check(rollout.id)
        if last is None or last.with_(at=check.at) != check:
            self._rollouts.add_check(check)
