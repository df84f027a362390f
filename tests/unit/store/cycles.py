"""Cycles, rollouts, answers and thumbs for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from studio.domain.evaluation import Decoding
from studio.domain.feedback import Feedback, Inference
from studio.domain.retraining import RetrainCycle, RetrainPolicy, TriggerKind
from studio.domain.rollouts import Rollout, RolloutConfig

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """Returns a moment so many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def policy(**changes: Any) -> RetrainPolicy:
    return RetrainPolicy(deployment_id="deployment_1", created_at=NOON).with_(**changes)


def cycle(id: str = "cycle_1", **changes: Any) -> RetrainCycle:
    return RetrainCycle(
        id=id,
        deployment_id="deployment_1",
        number=1,
        trigger=TriggerKind.CORRECTIONS,
        evidence={"corrections": 120.0, "raters": None},
        policy=policy(),
        champion="revision_1",
        created_at=NOON,
        updated_at=NOON,
    ).with_(**changes)


def rollout(**changes: Any) -> Rollout:
    return Rollout(
        id="rollout_1",
        cycle_id="cycle_1",
        deployment_id="deployment_1",
        champion="revision_1",
        candidate="revision_2",
        config=RolloutConfig(),
        started_at=NOON,
        stage_started_at=NOON,
    ).with_(**changes)


def inference(id: str, revision: str, minute: float, **changes: Any) -> Inference:
    return Inference(
        id=id,
        project_id="project_1",
        model_id="small",
        model_name="Small",
        messages=(),
        decoding=Decoding(),
        output="An answer.",
        seconds=1.0,
        deployment_id="deployment_1",
        revision_id=revision,
        variant="champion",
        created_at=at(minute),
    ).with_(**changes)


def thumb(inference_id: str, up: bool | None, minute: float, rater: str = "ann") -> Feedback:
    return Feedback(
        id=f"feedback_{inference_id}_{rater}_{minute}",
        inference_id=inference_id,
        thumb_up=up,
        rater=rater,
        created_at=at(minute),
    )
