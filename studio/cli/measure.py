"""Measuring: models on the same examples, and the comparison in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from studio.cli import follow
from studio.cli.exits import CANCELLED, FAILED
from studio.cli.output import give, say, table

if TYPE_CHECKING:
    from studio.domain.datasets import Split
    from studio.domain.evaluation import Comparison, EvaluationRun, Score
    from studio.services.container import Services


def one(
    services: Services, project_id: str, version_id: str, model_id: str, split: Split | None = None
) -> EvaluationRun:
    """Measures one model on one split; exits as `finished` does."""
    from studio.domain.datasets import Split

    run = services.evaluation.start(
        project_id=project_id,
        version_id=version_id,
        split=split or Split.TEST,
        model_id=model_id,
    )
    return finished(services, run)


def finished(services: Services, run: EvaluationRun) -> EvaluationRun:
    """Follows a run to its end; exits with FAILED or CANCELLED unless it succeeds."""
    run = follow.evaluation(services, run)
    if run.status != "succeeded":
        say(run.message or f"The evaluation is {run.status}.")
        raise typer.Exit(CANCELLED if run.status == "cancelled" else FAILED)
    return run


def both(
    services: Services, project_id: str, version_id: str, baseline: str, candidate: str | None
) -> Comparison:
    """Measures two models on the test split and compares them."""
    if candidate is None:
        say("The job made no model to measure.")
        raise typer.Exit(FAILED)
    first = one(services, project_id, version_id, baseline)
    second = one(services, project_id, version_id, candidate)
    return services.evaluation.compare(first.id, second.id)


def tell(services: Services, comparison: Comparison, *, to_stderr: bool = False) -> None:
    """Writes a comparison as a table and one sentence."""
    write = say if to_stderr else give
    version = services.datasets.version(comparison.baseline.dataset_version_id)
    dataset = services.datasets.get(version.dataset_id)
    say(f"{comparison.n} {comparison.baseline.split} examples of {dataset.name!r}:")
    write(
        table(
            ("model", "metric", "score", "95 % interval"),
            [_row(comparison.baseline), _row(comparison.candidate)],
        )
    )
    write(comparison.verdict)


def tell_run(run: EvaluationRun) -> None:
    """Writes every score of one run."""
    rows = [(score.metric, f"{score.value:.3f}", _interval(score), score.n) for score in run.scores]
    give(table(("metric", "score", "95 % interval", "n"), rows))
    if run.cost_basis:
        usd = run.cost_per_1000
        amount = "not known" if usd is None else f"{usd:,.4f} USD"
        give(f"1,000 such answers: {amount} ({run.cost_basis}).")


def score_json(score: Score | None) -> dict[str, Any] | None:
    """Returns a score in the words of the demo's JSON line."""
    if score is None:
        return None
    return {
        "score": score.value,
        "low": score.low,
        "high": score.high,
        "n": score.n,
        "metric": score.metric,
    }


def _row(run: EvaluationRun) -> tuple[object, ...]:
    score = run.primary
    if score is None:
        return (run.model_name, None, None, None)
    return (run.model_name, score.metric, f"{score.value:.1%}", _interval(score))


def _interval(score: Score) -> str:
    if score.low is None or score.high is None:
        return "-"
    return f"{score.low:.3f} to {score.high:.3f}"
