"""Rollout: how a candidate gets its traffic, step by step; RolloutCheck: one look at it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, field_validator

from studio.domain.values import Value


class RolloutConfig(Value):
    """How carefully a candidate is let loose. Every default is a judgement."""

    shadow_replies: int = Field(default=50, ge=0)
    """Copies of requests answered before anybody is shown an answer; 0 leaves the stage out."""
    stages: tuple[float, ...] = (0.05, 0.25, 0.5, 1.0)
    """Shares of the sessions, in this order; the last is 1, which promotes."""
    rated_per_arm: int = Field(default=30, ge=1)
    """Rated answers of each arm before the next stage …"""
    stage_hours: float = Field(default=24, ge=0, le=8784)
    """… or so many hours, whichever comes first."""
    advance_below: float = Field(default=5, gt=0)
    """Harm e-value below which a stage may be left for the next."""
    rollback_at: float = Field(default=20, gt=1)
    """Harm e-value at which it is taken back: 1/alpha, so 20 keeps false alarms below 5 %."""
    max_error_ratio: float = Field(default=2.0, gt=1)
    min_errors: int = Field(default=5, ge=1)
    """Failed answers before the ratio of error rates counts."""
    max_latency_ratio: float = Field(default=2.0, gt=1)
    """95th percentile over the champion's, from 30 answers of each on."""
    bake_days: float = Field(default=7, ge=0, le=366)
    """How long a promoted model is still watched …"""
    bake_rated: int = Field(default=200, ge=0)
    """… or so many rated answers, whichever comes first."""

    @field_validator("stages")
    @classmethod
    def _rising(cls, stages: tuple[float, ...]) -> tuple[float, ...]:
        if not stages or stages[-1] != 1.0 or any(not 0 < share <= 1 for share in stages):
            raise ValueError("Stages are shares above 0, and the last one is 1.")
        if list(stages) != sorted(set(stages)):
            raise ValueError("Each stage must be larger than the one before.")
        return stages


class Rollout(Value):
    """A candidate on its way to champion."""

    id: str
    cycle_id: str
    deployment_id: str
    champion: str
    """Revision id."""
    candidate: str
    stage: int = 0
    """Place in `stages`; -1 in shadow."""
    config: RolloutConfig
    status: Literal["running", "baking", "completed", "rolled_back", "stopped"] = "running"
    started_at: datetime
    stage_started_at: datetime


class Arm(Value):
    """What was seen of one arm since a moment."""

    answers: int = 0
    errors: int = 0
    rated: int = 0
    up: int = 0
    p95_seconds: float | None = None
    """None below 30 answers with a known time."""


class RolloutCheck(Value):
    """One look at a rollout."""

    rollout_id: str
    at: datetime
    stage: int
    champion: Arm
    candidate: Arm
    harm: int
    """Pairs in which the champion's answer was liked and the candidate's was not."""
    help: int
    """The reverse."""
    e_value: float
    action: Literal["wait", "advance", "rollback", "promote", "keep"]
    sentence: str
    """Why, for people, with the numbers."""
