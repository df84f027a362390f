"""Paired tests between the rungs of a ladder, corrected for having looked several times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from studio.core.evaluation.statistics import (
    Interval,
    bootstrap_mean,
    holm,
    mcnemar_two_sided,
    newcombe_paired,
    sign_flip,
)
from studio.core.ladder.measuring import RIGHT_OR_WRONG
from studio.domain.evaluation import RunStatus
from studio.domain.ladder import Rung, RungComparison, RungResult, RungRun

LADDER: tuple[Rung, ...] = tuple(Rung)
"""The rungs, lowest first."""
DRAWS = 10_000
"""Draws of the permutation test: its smallest p-value stays below 0.01 after correction."""

EXACT = "exact McNemar"
PERMUTATION = f"sign-flip permutation, {DRAWS:,} draws"


class _Test(NamedTuple):
    baseline: RungRun
    candidate: RungRun
    n: int
    gain: Interval
    p_value: float
    name: str


def alike(runs: Sequence[RungRun]) -> list[RungRun]:
    """Returns the finished runs measured as the newest one was: same examples, same metric."""
    finished = [run for run in runs if run.status is RunStatus.SUCCEEDED and run.score is not None]
    if not finished:
        return []
    newest = max(finished, key=lambda run: run.created_at)
    return [run for run in finished if (run.suite, run.metric) == (newest.suite, newest.metric)]


def best_runs(runs: Sequence[RungRun]) -> list[RungRun]:
    """Returns the best run of each rung, lowest rung first.

    Of equal scores the cheaper run is taken, then the faster, then the older.
    """
    best: dict[Rung, RungRun] = {}
    for run in sorted(alike(runs), key=_preference):
        best.setdefault(run.setup.rung, run)
    return [best[rung] for rung in LADDER if rung in best]


def compare_rungs(
    runs: Sequence[RungRun], results_by_run: Mapping[str, Sequence[RungResult]]
) -> tuple[RungComparison, ...]:
    """Returns the best run of each rung against the best of every rung below.

    Every setup that was tried on a rung is tested and counted in the correction, not only the one
    that came out best: the best of ten tries is a winner by luck more often than a single one.
    Runs without results, or over other examples, are left out.
    """
    best = best_runs(runs)
    tests: list[_Test] = []
    for lower in best:
        for run in alike(runs):
            if LADDER.index(run.setup.rung) > LADDER.index(lower.setup.rung):
                tests += _tested(lower, run, results_by_run)
    corrected = holm([test.p_value for test in tests])
    chosen = {run.id for run in best}
    return tuple(
        RungComparison(
            baseline_id=test.baseline.id,
            candidate_id=test.candidate.id,
            n=test.n,
            difference=test.gain.value,
            low=test.gain.low,
            high=test.gain.high,
            p_value=test.p_value,
            p_holm=p_holm,
            test=test.name,
        )
        for test, p_holm in zip(tests, corrected, strict=True)
        if test.candidate.id in chosen
    )


def _tested(
    lower: RungRun, upper: RungRun, results_by_run: Mapping[str, Sequence[RungResult]]
) -> list[_Test]:
    old = {result.example_id: result.value for result in results_by_run.get(lower.id, ())}
    new = {result.example_id: result.value for result in results_by_run.get(upper.id, ())}
    if not old or old.keys() != new.keys():
        return []
    pairs = [(old[key], new[key]) for key in sorted(old)]
    if upper.metric in RIGHT_OR_WRONG:
        return [_right_or_wrong(lower, upper, pairs)]
    gains = [after - before for before, after in pairs]
    p_value = sign_flip(gains, draws=DRAWS)
    return [_Test(lower, upper, len(pairs), bootstrap_mean(gains), p_value, PERMUTATION)]


def _right_or_wrong(lower: RungRun, upper: RungRun, pairs: Sequence[tuple[float, float]]) -> _Test:
    outcomes = [(before >= 1, after >= 1) for before, after in pairs]
    wins, losses = outcomes.count((False, True)), outcomes.count((True, False))
    gain = newcombe_paired(
        outcomes.count((True, True)), wins, losses, outcomes.count((False, False))
    )
    return _Test(lower, upper, len(pairs), gain, mcnemar_two_sided(wins, losses), EXACT)


def _preference(run: RungRun) -> tuple[float, float, float, float]:
    """Sorts the run to take first to the front."""
    score = run.score.value if run.score else 0.0
    cost = float("inf") if run.cost_per_1000 is None else float(run.cost_per_1000)
    seconds = float("inf") if run.latency_p50 is None else run.latency_p50
    return -score, cost, seconds, run.created_at.timestamp()
