"""Facts that measured rungs and labels give: the baseline, its plateau, the pilot's gain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from studio.core.evaluation.statistics import Interval, bootstrap_mean
from studio.core.ladder.comparisons import alike
from studio.core.ladder.triage import shares
from studio.domain.charters import Charter
from studio.domain.ladder import FailureLabel, Rung, RungResult, RungRun, Suite

PROMPTED = (Rung.PROMPT, Rung.FEW_SHOT)
"""Rungs that need nothing but words."""

Results = Mapping[str, Sequence[RungResult]]
"""Run id → its answers."""


def counted(runs: Sequence[RungRun], suite: Suite | None) -> list[RungRun]:
    """Returns the runs that may be compared: finished, on this suite, by the newest's metric."""
    return alike([run for run in runs if run.suite == suite])


def best(runs: Sequence[RungRun], *rungs: Rung) -> RungRun | None:
    """Returns the run of these rungs with the highest score, the earlier one of equals."""
    found = [run for run in runs if not rungs or run.setup.rung in rungs]
    return max(
        sorted(found, key=lambda run: run.created_at),
        key=lambda run: run.score.value if run.score else 0.0,
        default=None,
    )


def cheapest_prompted(runs: Sequence[RungRun]) -> RungRun | None:
    """Returns the best prompted run of the cheapest model; None while no price is known."""
    priced = [run for run in runs if run.setup.rung in PROMPTED and run.cost_per_1000 is not None]
    if not priced:
        return None
    model = min(priced, key=lambda run: run.cost_per_1000 or 0).setup.model_id
    return best([run for run in priced if run.setup.model_id == model])


def gain(candidate: Sequence[RungResult], baseline: Sequence[RungResult]) -> Interval | None:
    """Returns the mean paired difference of two runs with its interval; None without a pair."""
    theirs = {result.example_id: result.value for result in baseline}
    pairs = [r.value - theirs[r.example_id] for r in candidate if r.example_id in theirs]
    return bootstrap_mean(pairs) if pairs else None


def plateaued(runs: Sequence[RungRun], results: Results) -> bool | None:
    """Says whether the last change of prompt or examples gained less than its own uncertainty.

    None while prompts of one model have not been measured twice.
    """
    prompted = [run for run in runs if run.setup.rung in PROMPTED]
    last = max(prompted, key=lambda run: run.created_at, default=None)
    if last is None:
        return None
    earlier = [
        run for run in prompted if run.id != last.id and run.setup.model_id == last.setup.model_id
    ]
    before = best(earlier)
    moved = None if before is None else gain(results[last.id], results[before.id])
    return None if moved is None else moved.value < (moved.high - moved.low) / 2


def of_runs(runs: Sequence[RungRun], results: Results, charter: Charter) -> dict[str, Any]:
    """Returns the facts that measured rungs give; `runs` are those of `counted`."""
    prompted, tuned = best(runs, *PROMPTED), best(runs, Rung.FINE_TUNE)
    cheap, top = cheapest_prompted(runs), best(runs)
    facts: dict[str, Any] = {
        "fewshot_tried": any(run.setup.rung is Rung.FEW_SHOT for run in runs) if runs else None,
        "prompting_plateaued": plateaued(runs, results),
        "best_low": top.score.low if top and top.score else None,
    }
    if prompted is not None and prompted.score is not None:
        facts |= {"baseline_score": prompted.score.value, "baseline_low": prompted.score.low}
        facts |= {
            "tok_in": _whole(prompted.prompt_tokens),
            "tok_out": _whole(prompted.output_tokens),
        }
    if tuned is not None and tuned.score is not None:
        facts["pilot_score"] = tuned.score.value
        moved = gain(results[tuned.id], results[prompted.id]) if prompted else None
        if moved is not None:
            facts |= {
                "pilot_gain": moved.value,
                "pilot_low": moved.low,
                "pilot_high": moved.high,
            }
    if cheap is not None:
        facts["measured_p95_ms"] = None if cheap.latency_p95 is None else 1000 * cheap.latency_p95
        facts["cheapest_prompted_passes"] = _passes(cheap, charter)
    return facts


def of_labels(labels: Sequence[FailureLabel]) -> dict[str, Any]:
    """Returns how many failures were labelled and the share of each cause."""
    found = shares(labels)
    return {
        "n_failures_labelled": found.n,
        "pct_context": found.context,
        "pct_behaviour": found.behaviour,
        "pct_capability": found.capability,
    }


def _passes(run: RungRun, charter: Charter) -> bool | None:
    if charter.target is None or run.score is None:
        return None
    if run.score.value < charter.target:
        return False
    if charter.p95_ms is None:
        return True
    return None if run.latency_p95 is None else 1000 * run.latency_p95 <= charter.p95_ms


def _whole(tokens: float | None) -> int | None:
    return None if tokens is None else round(tokens)
