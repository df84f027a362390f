"""A flywheel in memory for the pages: one deployment, its cycle with a gate and a trial."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from studio.domain.deployments import Action, Deployment, LedgerRow, Revision, Slot
from studio.domain.errors import Conflict, NotFound
from studio.domain.gates import GateCheck, GateConfig, GateDecision
from studio.domain.monitoring import DriftReport, Rate, Traffic, TrafficPoint
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


def revision(number: int, **changes: Any) -> Revision:
    """One way of answering."""
    values: dict[str, Any] = {
        "id": f"rev_{number}",
        "deployment_id": "dep_1",
        "number": number,
        "name": f"Letters v{number}",
        "model_id": "mv_1",
        "created_at": now() - timedelta(days=20 - number),
    }
    return Revision(**{**values, **changes})


class FakeDeployments:
    """Slots and a ledger without hashes worth the name."""

    def __init__(self) -> None:
        self.ways = {one.id: one for one in (revision(1), revision(2))}
        self.rows: list[LedgerRow] = []
        self.broken: int | None = None
        self.quarantines = True
        self.made = [
            Deployment(
                id="dep_1",
                project_id="prj_1",
                name="letters",
                description="Sends each letter to a team.",
                salt="salt",
                slots={Slot.CHAMPION: "rev_1", Slot.ANCHOR: "rev_1"},
                created_at=now() - timedelta(days=19),
            )
        ]
        self._row(Action.CREATE, Slot.CHAMPION, None, "rev_1", "anna", "Deployed.", days=19)
        self.promote("dep_1", "rev_2", actor="flywheel", reason=SENTENCE)

    def _row(
        self,
        action: Action,
        slot: Slot,
        before: str | None,
        after: str | None,
        actor: str,
        reason: str,
        days: int = 0,
        share: float = 0.0,
    ) -> None:
        seq = len(self.rows) + 1
        self.rows.append(
            LedgerRow(
                deployment_id="dep_1",
                seq=seq,
                action=action,
                slot=slot,
                from_revision=before,
                to_revision=after,
                share=share,
                actor=actor,
                reason=reason,
                evidence={"p_value": 0.003, "corrections_fixed": 29, "price": None},
                created_at=now() - timedelta(days=days),
                prev_hash="0" * 64,
                row_hash=f"{seq:064d}",
            )
        )

    def _put(self, deployment_id: str, **changes: Any) -> Deployment:
        made = self.get(deployment_id).with_(**changes)
        self.made = [made if one.id == deployment_id else one for one in self.made]
        return made

    def all(self, project_id: str | None = None) -> list[Deployment]:
        return [one for one in self.made if project_id in (None, one.project_id)]

    def get(self, deployment_id: str) -> Deployment:
        return next(one for one in self.made if one.id == deployment_id)

    def named(self, name: str) -> Deployment:
        for one in self.made:
            if one.name == name:
                return one
        raise NotFound(f"There is no deployment {name}.")

    def create(self, *, project_id: str, name: str, model_id: str, **more: Any) -> Deployment:
        if any(one.name == name for one in self.made):
            raise Conflict(f"{name} is taken.", hint="Take another name.")
        given = {key: more[key] for key in ("setup", "suite_version_id")}
        way = revision(1, id=f"rev_{name}", deployment_id=f"dep_{name}", model_id=model_id, **given)
        self.ways[way.id] = way
        made = Deployment(
            id=f"dep_{name}",
            project_id=project_id,
            name=name,
            description=more["description"],
            salt="salt",
            slots={Slot.CHAMPION: way.id},
            created_at=now(),
        )
        self.made.append(made)
        return made

    def change(
        self, deployment_id: str, *, description: str | None = None, may_train: bool | None = None
    ) -> Deployment:
        kept = self.get(deployment_id)
        return self._put(
            deployment_id,
            description=kept.description if description is None else description,
            may_train=kept.may_train if may_train is None else may_train,
        )

    def open_link(self, deployment_id: str) -> Deployment:
        return self._put(deployment_id, link="secret-end")

    def close_link(self, deployment_id: str) -> Deployment:
        return self._put(deployment_id, link="")

    def revisions(self, deployment_id: str) -> list[Revision]:
        return [one for one in self.ways.values() if one.deployment_id == deployment_id]

    def revision(self, revision_id: str) -> Revision:
        return self.ways[revision_id]

    def add_revision(self, deployment_id: str, *, model_id: str, **given: Any) -> Revision:
        number = 1 + len(self.revisions(deployment_id))
        way = revision(number, deployment_id=deployment_id, model_id=model_id, **given)
        self.ways[way.id] = way
        return way

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
        slots = self.get(deployment_id).slots
        action = Action.SET_ANCHOR if slot is Slot.ANCHOR else Action.CANARY_START
        self._row(action, slot, slots.get(slot), revision_id, actor, reason)
        kept = self.get(deployment_id).share if share is None else share
        return self._put(deployment_id, slots={**slots, slot: revision_id}, share=kept)

    def promote(
        self, deployment_id: str, revision_id: str | None = None, *, actor: str, reason: str
    ) -> Deployment:
        slots = dict(self.get(deployment_id).slots)
        new = revision_id or slots[Slot.CANDIDATE]
        if self.ways[new].quarantined:
            raise Conflict("It was rolled back and is never promoted again.", hint="Train anew.")
        before = slots[Slot.CHAMPION]
        slots |= {Slot.CHAMPION: new, Slot.PREVIOUS: before}
        slots.pop(Slot.CANDIDATE, None)
        self._row(Action.PROMOTE, Slot.CHAMPION, before, new, actor, reason)
        return self._put(deployment_id, slots=slots, share=0.0)

    def rollback(self, deployment_id: str, *, actor: str, reason: str) -> Deployment:
        slots = dict(self.get(deployment_id).slots)
        gone = slots.pop(Slot.CANDIDATE, None)
        if gone is None:
            gone, slots[Slot.CHAMPION] = slots[Slot.CHAMPION], slots.pop(Slot.PREVIOUS)
        self.ways[gone] = self.ways[gone].with_(quarantined=self.quarantines)
        self._row(Action.ROLLBACK, Slot.CHAMPION, gone, slots[Slot.CHAMPION], actor, reason)
        return self._put(deployment_id, slots=slots, share=0.0)

    def split(self, deployment_id: str, share: float, *, actor: str, reason: str) -> Deployment:
        self._row(Action.CANARY_STEP, Slot.CANDIDATE, None, None, actor, reason, share=share)
        return self._put(deployment_id, share=share)

    def clear(self, deployment_id: str, slot: Slot, *, actor: str, reason: str) -> Deployment:
        slots = dict(self.get(deployment_id).slots)
        gone = slots.pop(slot)
        self._row(Action.STOP, slot, gone, None, actor, reason)
        return self._put(deployment_id, slots=slots)

    def ledger(self, deployment_id: str) -> list[LedgerRow]:
        return self.rows if deployment_id == "dep_1" else []

    def verify(self, deployment_id: str) -> int | None:
        return self.broken


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


class FakePolicies:
    """One policy; `auto` is locked until a test unlocks it."""

    def __init__(self) -> None:
        self.kept = RetrainPolicy(deployment_id="dep_1", version=0, created_at=now())
        self.locked = "A person must have approved one cycle of this deployment."

    def get(self, deployment_id: str) -> RetrainPolicy:
        return self.kept

    def auto_locked_because(self, deployment_id: str) -> str:
        return self.locked

    def proves(self, deployment_id: str) -> tuple[str, ...]:
        return ("With 74 reference questions nothing can be proven.",)

    def to_yaml(self, deployment_id: str) -> str:
        return f"mode: {self.kept.mode}\n"

    def save(self, policy: RetrainPolicy, *, actor: str) -> RetrainPolicy:
        if policy.version != self.kept.version:
            raise Conflict("Somebody else saved it.", hint="Reload it.")
        self.kept = policy.with_(version=policy.version + 1, changed_by=actor)
        return self.kept

    def arm(self, deployment_id: str, *, actor: str) -> RetrainPolicy:
        return self.save(self.kept.with_(paused_because="", enabled=True), actor=actor)

    def pause(self, deployment_id: str, reason: str) -> RetrainPolicy:
        return self.save(self.kept.with_(paused_because=reason), actor="flywheel")


class FakeTraffic:
    """The same numbers in every window; those of an hour are not known."""

    def __init__(self) -> None:
        self.answers = 1234
        self.asked: list[float] = []

    def window(self, deployment_id: str, *, start: datetime, end: datetime, **_: Any) -> Traffic:
        hours = (end - start).total_seconds() / 3600
        self.asked.append(round(hours))
        known = hours > 2
        return Traffic(
            deployment_id=deployment_id,
            start=start,
            end=end,
            answers=self.answers,
            errors=3,
            input_tokens=9_000 if known else None,
            output_tokens=4_000 if known else None,
            latency_p50=0.4 if known else None,
            latency_p95=1.2 if known else None,
            cost_usd=Decimal("0.5") if known else None,
            cost_unknown=0 if known else 7,
            thumbs=Rate(k=80, n=100, value=0.8, low=0.71, high=0.87) if known else Rate(k=0, n=0),
            rated=Rate(k=100, n=self.answers, value=100 / self.answers, low=0.07, high=0.1),
            corrections=12,
        )

    def points(self, deployment_id: str, *, hours: float, steps: int) -> list[TrafficPoint]:
        end = now()
        return [
            TrafficPoint(
                at=end - timedelta(hours=hours * (steps - step) / steps),
                answers=step,
                errors=0,
                up=step % 5,
                down=step % 2,
                latency_p95=0.5 + step / 100 if step % 3 else None,
            )
            for step in range(steps)
        ]


class FakeDrift:
    """Topics have changed; lengths have not."""

    def __init__(self) -> None:
        self.reports = [
            _report("prompt_length", 0.04, "stable", "Questions are as long as before."),
            _report("topic", 0.31, "act", "Questions are about other things."),
            _report("script", None, "unknown", "Fewer than 200 answers."),
        ]

    def latest(self, deployment_id: str) -> list[DriftReport]:
        return self.reports


def _report(feature: str, psi: float | None, level: Any, sentence: str) -> DriftReport:
    at = now()
    return DriftReport(
        id=f"drift_{feature}",
        deployment_id="dep_1",
        feature=feature,
        reference_start=at,
        reference_end=at,
        current_start=at,
        current_end=at,
        n_reference=500,
        n_current=400,
        psi=psi,
        level=level,
        sentence=sentence,
        created_at=at,
    )


def add_flywheel(services: Any) -> Any:
    """Gives services in memory what the deployment pages look at."""
    services.deployments = FakeDeployments()
    services.retraining = FakeRetraining()
    services.policies = FakePolicies()
    services.traffic = FakeTraffic()
    services.drift = FakeDrift()
    return services
