"""Measured: which run of the ladder stands for which arm of the business case."""

from __future__ import annotations

from collections.abc import Sequence

from studio.domain.endpoints import PREFIX
from studio.domain.evaluation import RunStatus
from studio.domain.ladder import Rung, RungRun

ARMS: dict[Rung, str] = {
    Rung.STAY: "stay",
    Rung.PROMPT: "prompt",
    Rung.FEW_SHOT: "prompt",
    Rung.LONG_CONTEXT: "prompt",
    Rung.RAG: "rag",
    Rung.FINE_TUNE: "fine_tune",
    Rung.RAG_FINE_TUNE: "fine_tune",
}
"""Rung → arm; a fine-tune is told apart further by where its model answers."""

TO_P10 = 1.2815515655446004 / 1.959963984540054
"""From half of a 95 % interval to the distance of the tenth percentile, for a normal curve."""


def best_runs(runs: Sequence[RungRun]) -> dict[str, RungRun]:
    """Returns arm → its best measured run, all on the suite and by the metric of the newest.

    Scores on other examples or by another metric say nothing about each other. Of equal scores
    the newer counts.
    """
    done = [run for run in runs if run.status is RunStatus.SUCCEEDED and run.score is not None]
    if not done:
        return {}
    newest = max(done, key=lambda run: run.created_at)
    alike = [run for run in done if (run.suite, run.metric) == (newest.suite, newest.metric)]
    best: dict[str, RungRun] = {}
    for run in sorted(alike, key=lambda run: (_worth(run), run.created_at)):
        best[arm_of(run)] = run
    return best


def arm_of(run: RungRun) -> str:
    """Returns the key of the arm a run belongs to."""
    arm = ARMS[run.setup.rung]
    if arm != "fine_tune":
        return arm
    return "fine_tune_hosted" if hosted(run) else "fine_tune_local"


def hosted(run: RungRun) -> bool:
    """Tells whether a run's model answers at an endpoint."""
    return run.setup.model_id.startswith(PREFIX)


def spread(run: RungRun) -> tuple[float, float, float]:
    """Returns tenth percentile, value and ninetieth percentile of a run's score."""
    score = run.score
    if score is None:
        return 0.0, 0.0, 0.0
    value = score.value
    low = value if score.low is None else score.low
    high = value if score.high is None else score.high
    return value - (value - low) * TO_P10, value, value + (high - value) * TO_P10


def seconds(run: RungRun) -> float | None:
    """Returns the time of one answer: asked alone, else the run's own pace, else None."""
    if run.latency_p50 is not None:
        return run.latency_p50
    if run.started_at is None or run.finished_at is None or not run.done:
        return None
    return (run.finished_at - run.started_at).total_seconds() / run.done


def words(run: RungRun) -> str:
    """Returns where a run's score comes from, with its size and interval."""
    score = run.score
    if score is None:
        return f"{run.model_name}, not measured"
    interval = ""
    if score.low is not None and score.high is not None:
        interval = f", 95 % interval {score.low:.3f} to {score.high:.3f}"
    return f"measured: {run.model_name} on {score.n} examples by {run.metric}{interval}"


def _worth(run: RungRun) -> float:
    return -1.0 if run.score is None else run.score.value
