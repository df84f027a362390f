"""Worth of an answer by a charter's metric, and of a rung with its 95 % interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from studio.core.evaluation import metrics
from studio.core.evaluation.labels import LabelSet
from studio.core.quality.balance import closed_labels
from studio.domain.charters import Metric
from studio.domain.evaluation import Score

RIGHT_OR_WRONG: frozenset[Metric] = frozenset({"accuracy", "exact_match", "contains"})
"""Metrics that give 1 or 0; the others give overlaps in between."""

HALF = 0.5
"""Overlap from which an answer counts as right where a yes or no is needed; a judgement."""

SHORT_WORDS = 3
SHORT_SHARE = 0.9
"""Exact match is asked for where nine of ten expected answers have at most three words; longer
ones can hardly ever be met word for word. A judgement."""


def default_metric(expected: Sequence[str]) -> Metric:
    """Returns the metric for a charter that leaves it open, by the form of the expected answers."""
    if closed_labels(expected):
        return "accuracy"
    short = sum(len(answer.split()) <= SHORT_WORDS for answer in expected)
    return "exact_match" if expected and short >= SHORT_SHARE * len(expected) else "token_f1"


def worth(metric: Metric, output: str, expected: str, labels: LabelSet | None) -> float:
    """Returns what an answer is worth, 0 to 1.

    Accuracy asks for the same label where the expected answers form a closed set; without one it
    is an exact match.
    """
    if metric == "accuracy" and labels is not None:
        given = labels.recognise(output)
        return float(given is not None and given == labels.recognise(expected))
    if metric in ("accuracy", "exact_match"):
        return float(metrics.exact_match(output, expected))
    if metric == "contains":
        return float(metrics.contains(output, expected))
    overlap = metrics.token_f1 if metric == "token_f1" else metrics.rouge_l
    return overlap(output, expected)


def is_right(metric: Metric, value: float) -> bool:
    """Says whether an answer of that worth counts as right where a yes or no is needed."""
    return value >= (1.0 if metric in RIGHT_OR_WRONG else HALF)


def score(metric: Metric, values: Sequence[float]) -> Score:
    """Returns a rung's score: a rate with Wilson's interval, or a mean with its bootstrap."""
    if metric in RIGHT_OR_WRONG:
        return metrics.rate(metric, [value >= 1.0 for value in values])
    return metrics.mean(metric, values)


def other_scores(
    metric: Metric, outputs: Sequence[str], expected: Sequence[str], labels: LabelSet | None
) -> tuple[Score, ...]:
    """Returns every other score that these answers have."""
    found = [
        score(other, [worth(other, *pair, labels) for pair in zip(outputs, expected, strict=True)])
        for other in get_args(Metric)
        if other != metric and (other != "accuracy" or labels is not None)
    ]
    if labels is not None:
        predicted = [labels.recognise(output) for output in outputs]
        truth = [labels.recognise(answer) or answer for answer in expected]
        found.append(metrics.macro_f1(truth, predicted))
        found.append(metrics.rate("label_given", [label is not None for label in predicted]))
    return tuple(found)


def percentile(values: Sequence[float], share: float) -> float | None:
    """Returns the value below which that share lies, interpolated; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
