"""What a climb came to: figures for machines, tables and sentences for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from studio.cli.output import duration, give, table

if TYPE_CHECKING:
    from studio.cli.climb import Climb
    from studio.domain.advice import ChecklistItem, Fired, Verdict
    from studio.domain.costing import Estimate
    from studio.domain.ladder import RungComparison, RungRun
    from studio.domain.projects import Project
    from studio.domain.retrieval import RetrievalScore
    from studio.services.container import Services

RUN_HEADS = (
    "id",
    "rung",
    "model",
    "status",
    "score",
    "95 % interval",
    "n",
    "USD/1000",
    "p50",
    "p95",
)


def outcome(
    services: Services, project: Project, climb: Climb, assumed: Sequence[str]
) -> dict[str, Any]:
    """Returns everything a machine wants to know of a climb."""
    compared = services.ladder.compare(project.id)
    verdict = services.ladder.verdict(project.id)
    charter = services.charters.get(project.id)
    suite = services.ladder.suite(project.id)
    kept = services.estimates.all(project.id)
    # Runs of earlier climbs count as well.
    measured = {
        str(run.setup.rung)
        for run in services.ladder.all(project.id)
        if run.status == "succeeded" and run.suite == suite
    }
    return {
        "project": project.name,
        "project_id": project.id,
        "charter": {"number": charter.number, "metric": charter.metric, "target": charter.target},
        "suite": suite,
        "n": services.ladder.suite_size(project.id),
        "rungs": [
            {**_rung(run, climb.runs, compared), **_expected(run.id, kept)} for run in climb.runs
        ],
        "rejected": _rejected(climb, verdict, measured),
        "comparisons": compared,
        "fired": [one.rule.id for one in verdict.fired],
        "verdict": verdict,
        "assumed": list(assumed),
    }


def tell(outcome: dict[str, Any]) -> None:
    """Writes the outcome for people."""
    rows = [
        (
            one["rung"],
            one["model"],
            _number(one["score"], ".3f"),
            _span(one["low"], one["high"]),
            _number(one["p_value"], ".2g"),
            _number(one["p_holm"], ".2g"),
            _number(one["cost_per_1000_usd"], ".4f"),
            duration(one["latency_p50_seconds"]),
            one["message"],
        )
        for one in outcome["rungs"]
    ]
    heads = (
        "rung",
        "model",
        "score",
        "95 % interval",
        "p",
        "p (Holm)",
        "USD/1000",
        "median",
        "note",
    )
    give(table(heads, rows))
    for one in outcome["rungs"]:
        if one["retrieval"] is not None:
            give(_found(one["rung"], one["retrieval"]))
    for one in outcome["rejected"]:
        if not one["measured"]:
            give(f"Not measured: {one['rung']}. {one['because']}")
    tell_verdict(outcome["verdict"])


def tell_verdict(verdict: Verdict) -> None:
    """Writes a verdict with its reasons."""
    give(f"\n{verdict.headline}")
    for because in verdict.because:
        give(f"  {because}")
    fired = ", ".join(_rule(one) for one in verdict.fired)
    give(f"Rules that fired: {fired or 'none'}")
    for own in verdict.changed:
        give(f"Changed here: {own.name} {own.words} instead of {own.default_words}. {own.meaning}")
    for one in verdict.rejected:
        rules = f" ({', '.join(one.rule_ids)})" if one.rule_ids else ""
        give(f"Rejected: {one.rung}. {one.because}{rules}")
    for step in verdict.next_steps:
        give(f"Next: {step}")
    for other in verdict.would_change:
        give(f"Would change it: {other}")
    for open_point in verdict.not_verified:
        give(f"Not verified: {open_point}")


def comparison_table(compared: Sequence[RungComparison], runs: Sequence[RungRun]) -> str:
    """Returns the paired tests between rungs as a table."""
    names = {run.id: run.setup.rung for run in runs}
    rows = [
        (
            f"{names.get(one.candidate_id, '?')} against {names.get(one.baseline_id, '?')}",
            one.n,
            f"{100 * one.difference:+.1f}",
            f"{100 * one.low:+.1f} to {100 * one.high:+.1f}",
            _number(one.p_value, ".2g"),
            _number(one.p_holm, ".2g"),
            one.test,
        )
        for one in compared
    ]
    return table(("rungs", "n", "points", "95 % interval", "p", "p (Holm)", "test"), rows)


def checklist_table(items: Sequence[ChecklistItem]) -> str:
    """Returns the checklists as a table."""
    rows = [
        ("[x]" if one.done else "[ ]", one.phase, one.id, one.text, one.evidence or one.by or None)
        for one in items
    ]
    return table(("", "phase", "point", "what", "shown by"), rows)


def run_table(runs: Sequence[RungRun]) -> str:
    """Returns the runs as a table."""
    return table(RUN_HEADS, [_row(run) for run in runs])


def _found(rung: str, score: RetrievalScore) -> str:
    return (
        f"Right passage found, {rung}: among five {score.hit_at_5:.1%}, first {score.hit_at_1:.1%},"
        f" MRR {score.mrr:.3f}, nDCG@10 {score.ndcg_at_10:.3f}, {score.n:,} questions"
    )


def _rule(one: Fired) -> str:
    return f"{one.rule.id} (overruled by {one.overruled_by})" if one.overruled_by else one.rule.id


def _row(run: RungRun) -> tuple[object, ...]:
    score = run.score
    return (
        run.id,
        run.setup.rung,
        run.model_name,
        run.status,
        None if score is None else f"{score.metric} {score.value:.3f}",
        None if score is None else _span(score.low, score.high),
        None if score is None else score.n,
        run.cost_per_1000,
        duration(run.latency_p50),
        duration(run.latency_p95),
    )


def _rung(
    run: RungRun, runs: Sequence[RungRun], compared: Sequence[RungComparison]
) -> dict[str, Any]:
    """Returns one run with its test against the best prompt."""
    prompts = {one.id for one in runs if one.setup.rung == "prompt"}
    against = next(
        (c for c in compared if c.candidate_id == run.id and c.baseline_id in prompts), None
    )
    score = run.score
    return {
        "rung": run.setup.rung,
        "run_id": run.id,
        "model": run.model_name,
        "model_id": run.setup.model_id,
        "status": run.status,
        "metric": run.metric,
        "score": None if score is None else score.value,
        "low": None if score is None else score.low,
        "high": None if score is None else score.high,
        "n": None if score is None else score.n,
        "p_value": None if against is None else against.p_value,
        "p_holm": None if against is None else against.p_holm,
        "difference": None if against is None else against.difference,
        "difference_low": None if against is None else against.low,
        "difference_high": None if against is None else against.high,
        "cost_per_1000_usd": None if run.cost_per_1000 is None else float(run.cost_per_1000),
        "cost_basis": run.cost_basis,
        "latency_p50_seconds": run.latency_p50,
        "latency_p95_seconds": run.latency_p95,
        "latency_n": run.latency_n,
        "prompt_tokens": run.prompt_tokens,
        "output_tokens": run.output_tokens,
        "retrieval": run.retrieval,
        "job_id": run.job_id,
        "message": run.message,
        "setup": run.setup,
    }


def _expected(run_id: str, estimates: Sequence[Estimate]) -> dict[str, Any]:
    """Returns what a run was expected to take and cost beside what it did; None is unknown."""
    of_run = {one.kind: one for one in estimates if one.subject_id == run_id}
    seconds, usd = of_run.get("seconds"), of_run.get("usd")
    return {
        "seconds_estimated": seconds and seconds.mid,
        "seconds_actual": seconds and seconds.actual,
        "usd_estimated": usd and usd.mid,
        "usd_actual": usd and usd.actual,
    }


def _rejected(climb: Climb, verdict: Verdict, measured: set[str]) -> list[dict[str, Any]]:
    """Returns every rung that is not the answer, with the reason why it was not even measured."""
    reasons = {str(one.rung): list(one.rule_ids) for one in verdict.rejected}
    skipped = {one["rung"]: one["because"] for one in climb.rejected if one["rung"] not in measured}
    judged = {str(one.rung): one.because for one in verdict.rejected}
    return [
        {
            "rung": rung,
            "measured": rung in measured,
            "because": because,
            "rule_ids": reasons.get(rung, []),
        }
        for rung, because in (judged | skipped).items()
    ]


def _number(value: float | None, form: str) -> str | None:
    return None if value is None else format(value, form)


def _span(low: float | None, high: float | None) -> str | None:
    return None if low is None or high is None else f"{low:.3f} to {high:.3f}"
