"""A desk for the retraining machine: real stores and trainings, neighbours that can be steered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from studio.domain.datasets import Example, Message, Split
from studio.domain.deployments import Deployment, Revision, Slot
from studio.domain.errors import NotFound
from studio.domain.gates import GateConfig, GateDecision
from studio.domain.models import ModelHandle
from studio.domain.retraining import (
    Condition,
    CycleState,
    Readiness,
    RetrainCycle,
    TriggerKind,
)
from studio.domain.rollouts import Arm, Rollout, RolloutCheck
from studio.domain.training import TrainingSpec
from studio.services.cycle_gate import CycleGate
from studio.services.cycle_machine import Parts
from studio.services.cycle_steps import CycleSteps, Making, derived
from studio.services.gate_run import GateRun
from studio.services.retraining import RetrainingService
from studio.services.retraining_needs import Place, Snapshot
from studio.services.rollback_proof import RollbackProof, Served
from studio.services.rollout_moves import RolloutMoves
from studio.services.rollout_watch import RolloutWatch
from studio.store.gates import GateStore
from studio.store.retraining import RetrainingStore
from studio.store.rollouts import RolloutStore
from tests.fakes.flywheel import Ear, FakeArranger, FakeDeployments, FakePolicies
from tests.fakes.generator import FakeGenerator
from tests.unit.services.training_desk import Desk
from tests.unit.store import samples
from tests.unit.store.cycles import NOON, policy

WAITING = Readiness(fires=None, conditions=(), sentence="37 of 100 approved corrections.")
READY = Readiness(
    fires=TriggerKind.CORRECTIONS,
    conditions=(
        Condition(name="corrections", met=True, have=120, need=100, sentence="120 of 100."),
    ),
    sentence="120 approved corrections wait.",
)


class ScriptedReadier:
    """Says what it was told to say."""

    def __init__(self) -> None:
        self.says = WAITING
        self.bad = 0

    def readiness(self, deployment: Deployment) -> Readiness:
        return self.says

    def bad_ends(self, deployment_id: str, policy: object) -> int:
        return self.bad


class ScriptedLooks:
    """Sees what it was told to see."""

    def __init__(self) -> None:
        self.action = "wait"
        self.looked, self.errors = 0, 0

    def shadow(self, seen: Rollout) -> RolloutCheck:
        return self.seen_as(self.action)(seen)

    canary = bake = shadow

    def seen_as(self, action: str) -> Callable[[Rollout], RolloutCheck]:
        """Returns what always sees the same."""
        return lambda seen: self._check(seen, action)

    def _check(self, seen: Rollout, action: str) -> RolloutCheck:
        self.looked += 1
        return RolloutCheck(
            rollout_id=seen.id,
            at=NOON + timedelta(seconds=self.looked),
            stage=seen.stage,
            champion=Arm(answers=9, rated=5, up=4),
            candidate=Arm(answers=8, errors=self.errors, rated=5, up=1),
            harm=7,
            help=0,
            e_value=31.875,
            action=action,
            sentence=f"Seen in stage {seen.stage}: {action}.",
        )


class ScriptedGate(GateRun):
    """Asks as the real one does, and decides what it was told to decide."""

    verdict = "pass"

    def decide(self, cycle: RetrainCycle, gate_id: str) -> GateDecision:
        return GateDecision(
            id=gate_id,
            cycle_id=cycle.id,
            deployment_id=cycle.deployment_id,
            candidate=cycle.candidate or "",
            champion=cycle.champion,
            verdict=self.verdict,
            checks=(),
            config=GateConfig(),
            summary=f"The gate says {self.verdict}.",
            created_at=NOON,
        )


@dataclass
class FlywheelDesk(Desk):
    """The machine on a desk; time goes on when it is told to."""

    folder: Path
    now: datetime = NOON
    usd: Decimal | None = None
    left: Decimal | None = None
    why_nowhere: str = ""
    issues: tuple[str, ...] = ()
    must_ask: str = ""
    rows: list[Example] = field(default_factory=lambda: samples.examples(60))

    def __post_init__(self) -> None:
        super().__post_init__()
        self.deployments = FakeDeployments(self.database)
        first = Revision(
            id="revision_1",
            deployment_id="deployment_1",
            number=1,
            name="Router v1",
            model_id="small",
            created_at=NOON,
        )
        slots = {Slot.CHAMPION: first.id, Slot.ANCHOR: first.id}
        self.deployments.put(
            Deployment(
                id="deployment_1",
                project_id="project_1",
                name="router",
                slots=slots,
                salt="salt",
                created_at=NOON,
            ),
            first,
        )
        self.policies = FakePolicies(policy(dataset_version_id=self.version.id))
        self.readier, self.looks, self.ear = ScriptedReadier(), ScriptedLooks(), Ear()
        self.generator = FakeGenerator(self.answer)
        self.store = RetrainingStore(self.database)
        self.gates, self.rollouts = GateStore(self.database), RolloutStore(self.database)
        self.service = self.another_service()

    def another_service(self) -> RetrainingService:
        """Returns the machine as a restarted studio would have it."""

        def clock() -> datetime:
            return self.now

        steps = CycleSteps(
            Making(
                store=self.store,
                deployments=self.deployments,
                snapshot=self.snapshot,
                place=self.place,
                training=self.training,
                version=self.datasets.version,
                left=lambda cycle: self.left,
                billed=lambda job: self.usd,
                clock=clock,
            )
        )
        self.gate = ScriptedGate(
            self.gates,
            self.datasets,
            self.deployments,
            FakeArranger(),
            self.generator,
            usd=lambda model, prompt, output: None,
            clock=clock,
        )
        moves = RolloutMoves(self.store, self.rollouts, self.deployments, clock)
        watch = RolloutWatch(self.store, self.rollouts, self.deployments, self.looks, moves, clock)
        return RetrainingService(
            Parts(
                store=self.store,
                deployments=self.deployments,
                policies=self.policies,
                readier=self.readier,
                steps=steps,
                gate=CycleGate(
                    self.store,
                    self.gates,
                    steps,
                    self.gate,
                    watch,
                    must_ask=lambda deployment_id: self.must_ask,
                    clock=clock,
                ),
                watch=watch,
                moves=moves,
                proof=RollbackProof(
                    self.store, self.policies, self.serve, tell=self.ear, clock=clock
                ),
                tell=self.ear,
                clock=clock,
            ),
            self.gates,
            self.rollouts,
        )

    def answer(self, model: ModelHandle, conversation: object) -> str:
        """Answers as a model that always says the same."""
        return "delivery" if model.id == "small" else "refunds"

    def snapshot(self, cycle: RetrainCycle) -> Snapshot:
        """Makes the two dataset versions of a cycle, once."""
        made = []
        for part in ("train", "holdout"):
            id = derived("version", cycle.id, part)
            try:
                made.append(self.datasets.version(id))
            except NotFound:
                made.append(self._made(id, part))
        return Snapshot(made[0].id, made[1].id, 80, 20, 40, self.issues)

    def place(self, cycle: RetrainCycle, taken: Snapshot) -> Place:
        """Trains here unless there is a reason not to."""
        if self.why_nowhere:
            return Place(None, self.why_nowhere)
        spec = TrainingSpec(
            project_id="project_1",
            name=f"Router, cycle {cycle.number}",
            dataset_version_id=taken.dataset_version_id,
            base_model="small",
        )
        return Place(spec, "Trained on this machine.", self.usd)

    def serve(self, deployment_id: str) -> Served:
        """Puts a request through the deployment."""
        deployment = self.deployments.get(deployment_id)
        revision = self.deployments.route(deployment, "proof").revision
        return Served(revision.id, revision.model_id)

    def use(self, **changes: object) -> None:
        """Changes the policy."""
        kept = self.policies.get("deployment_1")
        self.policies.kept["deployment_1"] = kept.with_(**changes)

    def tick(self, times: int = 1) -> None:
        """Lets machine and monitor look so often."""
        for _ in range(times):
            self.monitor.poll_once()
            self.service.tick()

    def until(self, *states: CycleState, most: int = 80) -> RetrainCycle:
        """Lets time go on until the newest cycle is in one of these states."""
        for _ in range(most):
            self.tick()
            newest = self.store.cycles()
            if newest and newest[0].state in states:
                return newest[0]
        raise AssertionError(f"It got only as far as {[c.state for c in self.store.cycles()]}.")

    def wait(self, hours: float) -> None:
        """Lets so much time pass."""
        self.now += timedelta(hours=hours)

    def states(self, cycle_id: str) -> list[CycleState]:
        """Returns every state the cycle was in, in order."""
        told = [event.to_state for event in self.store.events(cycle_id)]
        return [s for n, s in enumerate(told) if n == 0 or told[n - 1] is not s]

    def _made(self, id: str, part: str) -> object:
        rows = (
            self.rows
            if part == "train"
            else [
                row.with_(
                    id=f"fixed_{row.id}",
                    split=Split.TEST,
                    messages=(*row.prompt, Message(role="assistant", content="refunds")),
                )
                for row in self.rows[:20]
            ]
        )
        version = samples.version(self.version.dataset_id, rows, id=id, number=self._numbers())
        self.datasets.add_version(version, rows, [])
        return version

    def _numbers(self) -> int:
        return 1 + len(self.datasets.versions(self.version.dataset_id))
