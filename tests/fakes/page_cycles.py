"""A cycle in memory for the pages: its gate, its trial, its moves, put into any state."""

from __future__ import annotations

from datetime import datetime, timedelta

from studio.domain.gates import GateCheck, GateConfig, GateDecision
from studio.domain.retraining import (
    Condition,
    CycleEvent,
    CycleState,
    Readiness,
    RetrainCycle,
    RetrainPolicy,
    TriggerKind,
)
from studio.domain.rollouts import Arm, Rollout, RolloutCheck, RolloutConfig
from studio.domain.values import now

SENTENCE = "Better on 29 of 40 held-out corrections (p = 0.003); no loss larger than 2.1 points."


def gate() -> GateDecision:
    """A gate that passed."""
    checks = (
        GateCheck(
            name="no_regression_champion",
            kind="non_inferiority",
            method="Newcombe, paired, 90 %",
            n=200,
            wins=9,
            losses=7,
            champion=0.8,
            candidate=0.81,
            difference=0.01,
            low=-0.021,
            high=0.041,
            threshold=-0.03,
            verdict="pass",
            sentence="No loss larger than 2.1 points on 200 reference questions.",
        ),
        GateCheck(
            name="fixes_corrections",
            kind="superiority",
            method="sign test, one-sided",
            n=40,
            wins=29,
            losses=11,
            p_value=0.003,
            threshold=0.05,
            verdict="pass",
            sentence="Better on 29 of 40 held-out corrections (p = 0.003).",
        ),
        GateCheck(
            name="cost_per_answer",
            kind="guardrail",
            method="ratio, bootstrap",
            verdict="skipped",
            sentence="The price of an answer is not known.",
        ),
    )
    return GateDecision(
        id="gate_1",
        cycle_id="cycle_1",
        deployment_id="dep_1",
        candidate="rev_2",
        champion="rev_1",
        verdict="pass",
        checks=checks,
        config=GateConfig(),
        summary=SENTENCE,
        created_at=now() - timedelta(days=2),
    )


class FakeRetraining:
    """One cycle that a test puts into a state."""

    def __init__(self) -> None:
        self.begun = 0
        self.said: list[tuple[str, str]] = []
        self.kept: list[RetrainCycle] = []
        self.moves: list[CycleEvent] = []
        self.decision: GateDecision | None = None
        self.trial: Rollout | None = None
        self.looks: list[RolloutCheck] = []
        self.ready = Readiness(
            conditions=(
                Condition(
                    name="corrections",
                    met=False,
                    have=37,
                    need=100,
                    sentence="37 of 100 approved corrections",
                ),
                Condition(name="raters", met=True, have=3, need=2, sentence="3 of 2 people"),
                Condition(
                    name="one_rater",
                    met=False,
                    have=0.9,
                    need=0.7,
                    sentence="One person gave 90% of them; at most 70% may be from one.",
                ),
                Condition(name="backend", met=False, sentence="No place can train now."),
                Condition(name="drift", met=False, sentence="Or on drift: not known yet."),
                Condition(name="consent", met=True, sentence="It may be learnt from."),
            ),
            sentence="It waits for 63 more approved corrections.",
        )

    def reach(self, state: CycleState, *, trial: bool = False, decided: bool = True) -> None:
        """Puts the cycle there, as if it had gone all the way."""
        at = now() - timedelta(days=3)
        cycle = RetrainCycle(
            id="cycle_1",
            deployment_id="dep_1",
            number=1,
            state=state,
            trigger=TriggerKind.CORRECTIONS,
            policy=RetrainPolicy(deployment_id="dep_1", created_at=at),
            champion="rev_1",
            candidate="rev_2",
            message=f"It is {state} now.",
            created_at=at,
            updated_at=at,
        )
        self.kept = [cycle]
        self.moves = [
            CycleEvent(
                cycle_id="cycle_1",
                seq=1,
                from_state=CycleState.GATING,
                to_state=state,
                actor="flywheel",
                message=SENTENCE,
                evidence={"wins": 29},
                created_at=at,
            )
        ]
        self.decision = gate() if decided else None
        if trial:
            self._try(at)

    def _try(self, at: datetime) -> None:
        self.trial = Rollout(
            id="rollout_1",
            cycle_id="cycle_1",
            deployment_id="dep_1",
            champion="rev_1",
            candidate="rev_2",
            stage=1,
            config=RolloutConfig(),
            started_at=at,
            stage_started_at=at,
        )
        self.looks = [
            RolloutCheck(
                rollout_id="rollout_1",
                at=at,
                stage=1,
                champion=Arm(answers=300, errors=1, rated=40, up=32, p95_seconds=0.8),
                candidate=Arm(answers=100, errors=0, rated=31, up=27),
                harm=5,
                help=1,
                e_value=2.857,
                action="wait",
                sentence="31 of 30 rated; harm is not excluded yet (E = 2.86).",
            )
        ]

    def readiness(self, deployment_id: str) -> Readiness:
        return self.ready

    def cycles(self, deployment_id: str | None = None) -> list[RetrainCycle]:
        return self.kept if deployment_id in (None, "dep_1") else []

    def events(self, cycle_id: str) -> list[CycleEvent]:
        return self.moves

    def gate(self, cycle_id: str) -> GateDecision | None:
        return self.decision

    def rollout(self, cycle_id: str) -> Rollout | None:
        return self.trial

    def checks(self, rollout_id: str) -> list[RolloutCheck]:
        return self.looks

    def start(self, deployment_id: str, *, actor: str) -> RetrainCycle:
        self.begun += 1
        self.reach(CycleState.TRIGGERED, decided=False)
        return self.kept[0]

    def approve(self, cycle_id: str, *, actor: str, note: str = "") -> RetrainCycle:
        return self._say("approve", note, CycleState.SHADOW)

    def decline(self, cycle_id: str, *, actor: str, note: str = "") -> RetrainCycle:
        return self._say("decline", note, CycleState.REJECTED)

    def cancel(self, cycle_id: str, *, actor: str, note: str = "") -> RetrainCycle:
        return self._say("cancel", note, CycleState.CANCELLED)

    def _say(self, what: str, note: str, state: CycleState) -> RetrainCycle:
        self.said.append((what, note))
        self.reach(state)
        return self.kept[0]
