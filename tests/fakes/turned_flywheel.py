"""A studio whose flywheel has turned once: written into a data folder, for tests in a browser."""

from __future__ import annotations

from datetime import timedelta

from studio.bootstrap import build_services
from studio.domain.datasets import Message
from studio.domain.deployments import Deployment
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Feedback, Inference
from studio.domain.models import BaseModel
from studio.domain.retraining import CycleState, RetrainCycle, RetrainPolicy, TriggerKind
from studio.domain.rollouts import Arm, Rollout, RolloutCheck, RolloutConfig
from studio.domain.values import new_id, now
from studio.settings import Settings
from studio.store.database import Database
from studio.store.feedback import FeedbackStore
from studio.store.gates import GateStore
from studio.store.models import ModelStore
from studio.store.retraining import RetrainingStore
from studio.store.rollouts import RolloutStore
from tests.fakes.page_cycles import SENTENCE, gate

WAY = (
    (CycleState.SNAPSHOTTING, "104 approved corrections are gathered."),
    (CycleState.VALIDATING, "83 are trained on, 21 are held out."),
    (CycleState.TRAINING, "The data is in order."),
    (CycleState.EVALUATING, "Trained in 4 min."),
    (CycleState.GATING, "240 questions were answered by both."),
    (CycleState.AWAITING_APPROVAL, SENTENCE),
    (CycleState.SHADOW, "Approved by Anna. It reads better."),
    (CycleState.CANARY, "50 copies were answered without a fault."),
    (CycleState.PROMOTED, "Calm over 4 stages (E = 0.27)."),
    (CycleState.KEPT, "200 rated answers later nothing speaks against it."),
)
"""What a cycle says on its way."""


def turned(settings: Settings, base: BaseModel) -> None:
    """Deploys `letters`, promotes a second revision by a cycle, and lets people rate answers."""
    with Database(settings.database_path) as database:
        ModelStore(database).add_base(base)
    services = build_services(settings)
    try:
        made = services.deployments.create(
            project_id=services.projects.default().id,
            name="letters",
            model_id=base.id,
            description="Sends each letter to the team that can answer it.",
            actor="Anna",
        )
        cycle = _cycle(made)
        second = services.deployments.add_revision(
            made.id, model_id=base.id, name="letters, second", cycle_id=cycle.id
        )
        made = services.deployments.promote(
            made.id,
            second.id,
            actor="flywheel",
            reason=SENTENCE,
            evidence={"corrections_fixed": 29, "of": 40, "p_value": 0.003},
            cycle_id=cycle.id,
        )
    finally:
        services.close()
    with Database(settings.database_path) as database:
        _write_cycle(database, cycle.with_(candidate=second.id))
        _write_answers(database, made, second.id, base)


def _cycle(made: Deployment) -> RetrainCycle:
    at = now() - timedelta(hours=2)
    return RetrainCycle(
        id=new_id("cycle"),
        deployment_id=made.id,
        number=1,
        trigger=TriggerKind.CORRECTIONS,
        evidence={"corrections": 104, "raters": 3},
        policy=RetrainPolicy(deployment_id=made.id, created_at=at),
        champion=next(iter(made.slots.values())),
        created_at=at,
        updated_at=at,
    )


def _write_cycle(database: Database, begun: RetrainCycle) -> None:
    store, gates, rollouts = (
        RetrainingStore(database),
        GateStore(database),
        RolloutStore(database),
    )
    decision = gate().with_(
        id=new_id("gate"),
        cycle_id=begun.id,
        deployment_id=begun.deployment_id,
        candidate=begun.candidate,
        champion=begun.champion,
    )
    store.together(lambda cursor: gates.write_decision(cursor, decision))
    rollout = Rollout(
        id=new_id("rollout"),
        cycle_id=begun.id,
        deployment_id=begun.deployment_id,
        champion=begun.champion,
        candidate=begun.candidate or "",
        stage=3,
        config=RolloutConfig(),
        status="completed",
        started_at=begun.created_at,
        stage_started_at=begun.created_at,
    )
    store.together(lambda cursor: rollouts.write(cursor, rollout))
    rollouts.add_check(
        RolloutCheck(
            rollout_id=rollout.id,
            at=now(),
            stage=3,
            champion=Arm(answers=140, errors=1, rated=60, up=44, p95_seconds=0.9),
            candidate=Arm(answers=150, errors=0, rated=61, up=55, p95_seconds=0.8),
            harm=10,
            help=10,
            e_value=0.27,
            action="keep",
            sentence="61 rated answers, harm is not to be seen (E = 0.27).",
        )
    )
    cycle = store.begin(begun, "104 of 100 approved corrections are there.")
    for step, (state, message) in enumerate(WAY, start=1):
        changes = {"gate_id": decision.id} if state is CycleState.AWAITING_APPROVAL else {}
        changes |= {"rollout_id": rollout.id} if state is CycleState.SHADOW else {}
        at = begun.created_at + timedelta(minutes=step)
        cycle = store.move(cycle, state, message, at=at, **changes)


def _write_answers(database: Database, made: Deployment, revision: str, base: BaseModel) -> None:
    store = FeedbackStore(database)
    for number in range(40):
        answer = Inference(
            id=new_id("inf"),
            project_id=made.project_id,
            model_id=base.id,
            model_name=base.name,
            messages=(Message(role="user", content=f"Letter {number}"),),
            decoding=Decoding(),
            output="billing",
            prompt_tokens=12,
            output_tokens=2,
            seconds=0.2 + number / 100,
            deployment_id=made.id,
            revision_id=revision,
            variant="champion",
            session=f"session {number}",
            created_at=now() - timedelta(minutes=40 - number),
        )
        store.add_inference(answer)
        store.add(
            Feedback(
                id=new_id("fb"),
                inference_id=answer.id,
                thumb_up=number % 5 > 0,
                rater=f"rater {number % 4}",
                created_at=now(),
            )
        )
