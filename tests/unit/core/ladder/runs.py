"""Runs and answers of a ladder, made from how many examples each rung gets right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from studio.core.evaluation.statistics import bootstrap_mean, wilson
from studio.core.ladder.comparisons import compare_rungs
from studio.domain.charters import Metric
from studio.domain.evaluation import RunStatus, Score
from studio.domain.ladder import (
    Rung,
    RungComparison,
    RungResult,
    RungRun,
    RungSetup,
    Suite,
)

START = datetime(2026, 11, 24, tzinfo=UTC)
SUITE = Suite(project_id="project", version_id="version")


def run(
    rung: Rung,
    values: Sequence[float],
    *,
    id: str = "",
    metric: Metric = "accuracy",
    model: str = "starter",
    minutes: int = 0,
    **changes: Any,
) -> tuple[RungRun, list[RungResult]]:
    """Returns a finished run whose answers are worth these values, and its answers."""
    results = [
        RungResult(
            example_id=f"example_{index}",
            question="?",
            output="",
            expected="",
            value=value,
            correct=value >= 0.5,
        )
        for index, value in enumerate(values)
    ]
    made = RungRun(
        id=id or f"run_{rung}",
        project_id="project",
        setup=RungSetup(rung=rung, model_id=model),
        suite=SUITE,
        model_name=model,
        metric=metric,
        status=RunStatus.SUCCEEDED,
        score=_score(values, metric),
        cost_per_1000=Decimal("0.5"),
        latency_p50=0.2,
        latency_p95=0.4,
        created_at=START + timedelta(minutes=minutes),
    )
    return made.with_(**changes), results


def right(share: float, n: int = 200, shift: int = 0) -> list[float]:
    """Returns `n` answers of which this share is right, the first ones after `shift`."""
    k = round(share * n)
    return [float((index - shift) % n < k) for index in range(n)]


def ladder(
    *rungs: tuple[RungRun, list[RungResult]],
) -> tuple[list[RungRun], tuple[RungComparison, ...]]:
    """Returns the runs with their comparisons."""
    runs = [made for made, _ in rungs]
    return runs, compare_rungs(runs, {made.id: results for made, results in rungs})


def _score(values: Sequence[float], metric: Metric) -> Score:
    n, total = len(values), sum(values)
    if metric in ("token_f1", "rouge_l"):
        interval = bootstrap_mean(values)
        return Score(metric=metric, value=interval.value, low=interval.low, high=interval.high, n=n)
    low, high = wilson(round(total), n)
    return Score(metric=metric, value=total / n, low=low, high=high, n=n)
