"""Two runs on the same examples: who is better, by how much, and whether that is chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from studio.core.evaluation.decoding import effective
from studio.core.evaluation.statistics import (
    bootstrap_mean,
    holm,
    mcnemar_two_sided,
    newcombe_paired,
    sign_flip,
)
from studio.core.evaluation.verdict import SOFT_SCORES, verdict
from studio.domain.errors import Conflict, InvalidInput
from studio.domain.evaluation import (
    Comparison,
    EvaluationRun,
    ExampleResult,
    RunStatus,
    ScoreDifference,
)

Pair = tuple[ExampleResult, ExampleResult]
Outcome = Literal["better", "worse", "same"]


def check_comparable(baseline: EvaluationRun, candidate: EvaluationRun) -> None:
    """Refuses two runs that were not measured alike, saying in what they differ.

    Raises:
        Conflict: when one of them has not finished.
        InvalidInput: when dataset version, split or decoding differ.
    """
    for run in (baseline, candidate):
        if run.status is not RunStatus.SUCCEEDED:
            raise Conflict(
                f"The evaluation of {run.model_name} is {run.status}, so it has no result yet.",
                hint="Compare evaluations that have succeeded.",
            )
    differing = [
        f"{name} ({old} and {new})"
        for name, old, new in (
            ("dataset version", baseline.dataset_version_id, candidate.dataset_version_id),
            ("split", baseline.split, candidate.split),
            *_decoding_fields(baseline, candidate),
        )
        if old != new
    ]
    if differing:
        raise InvalidInput(
            f"These evaluations differ in {', '.join(differing)} and cannot be compared.",
            hint="Evaluate both models on the same version and split with the same decoding.",
        )


def pair_results(
    baseline: Sequence[ExampleResult], candidate: Sequence[ExampleResult]
) -> list[Pair]:
    """Returns both answers to each example, in the order of the baseline.

    Raises:
        InvalidInput: when the two runs did not answer the same examples.
    """
    theirs = {result.example_id: result for result in candidate}
    if len(baseline) != len(candidate) or any(r.example_id not in theirs for r in baseline):
        raise InvalidInput(
            "These evaluations did not answer the same examples and cannot be compared.",
            hint="Evaluate both models again.",
        )
    return [(result, theirs[result.example_id]) for result in baseline]


def outcome(pair: Pair) -> Outcome:
    """Says whether the candidate's answer is better, worse, or right and wrong alike."""
    old, new = pair
    if old.correct == new.correct:
        return "same"
    return "better" if new.correct else "worse"


def compare(baseline: EvaluationRun, candidate: EvaluationRun, pairs: Sequence[Pair]) -> Comparison:
    """Returns the comparison: what counts is being right, the primary score of both runs.

    Raises:
        Conflict, InvalidInput: see `check_comparable`.
    """
    check_comparable(baseline, candidate)
    outcomes = [outcome(pair) for pair in pairs]
    better, worse = outcomes.count("better"), outcomes.count("worse")
    both_right = sum(old.correct and new.correct for old, new in pairs)
    both_wrong = len(pairs) - both_right - better - worse
    interval = newcombe_paired(both_right, better, worse, both_wrong)
    comparison = Comparison(
        baseline=baseline,
        candidate=candidate,
        n=len(pairs),
        both_right=both_right,
        only_candidate=better,
        only_baseline=worse,
        both_wrong=both_wrong,
        difference=interval.value,
        low=interval.low,
        high=interval.high,
        p_value=mcnemar_two_sided(better, worse),
        soft=_soft_differences(pairs),
        verdict="",
    )
    return comparison.with_(verdict=verdict(comparison))


def _soft_differences(pairs: Sequence[Pair]) -> tuple[ScoreDifference, ...]:
    if not pairs:
        return ()
    columns = {
        metric: (
            [getattr(old, metric) for old, _ in pairs],
            [getattr(new, metric) for _, new in pairs],
        )
        for metric in SOFT_SCORES
    }
    gains = {
        metric: [new - old for old, new in zip(before, after, strict=True)]
        for metric, (before, after) in columns.items()
    }
    p_values = holm([sign_flip(gain) for gain in gains.values()])
    differences = []
    for (metric, (before, after)), p_value in zip(columns.items(), p_values, strict=True):
        interval = bootstrap_mean(gains[metric])
        differences.append(
            ScoreDifference(
                metric=metric,
                baseline=sum(before) / len(before),
                candidate=sum(after) / len(after),
                difference=interval.value,
                low=interval.low,
                high=interval.high,
                p_value=p_value,
            )
        )
    return tuple(differences)


def _decoding_fields(
    baseline: EvaluationRun, candidate: EvaluationRun
) -> list[tuple[str, object, object]]:
    old, new = effective(baseline.decoding).model_dump(), effective(candidate.decoding).model_dump()
    return [(f"decoding: {name}", old[name], new[name]) for name in old]
