"""Ratios of paired times or costs, with bounds from seeded resamples of the pairs."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from math import ceil, inf, isfinite

from studio.core.evaluation.statistics import DRAWS, Interval
from studio.domain.errors import InvalidInput

Statistic = Callable[[Sequence[float]], float]


def p95(values: Sequence[float]) -> float:
    """Returns the value that 95 % do not exceed: a value that was seen, by nearest rank."""
    return sorted(values)[ceil(0.95 * len(values)) - 1]


def mean(values: Sequence[float]) -> float:
    """Returns the mean."""
    return sum(values) / len(values)


def bootstrap_ratio(
    top: Sequence[float],
    bottom: Sequence[float],
    statistic: Statistic,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Interval:
    """Returns a ratio of two statistics over the same questions, between two one-sided 95 % bounds.

    Questions are drawn, and both statistics taken anew from the same draw, so that what makes a
    question slow or dear for both is not mistaken for a difference. Source: B. Efron and
    R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13. What is divided by
    nothing is infinite, and nothing by nothing is one.
    """
    n = len(top)
    if n == 0 or n != len(bottom):
        raise InvalidInput(f"A ratio takes pairs; {n} and {len(bottom)} values are none.")
    if not all(isfinite(value) and value >= 0 for value in (*top, *bottom)):
        raise InvalidInput("A time or cost is not a number of at least 0, so there is no ratio.")
    draw, questions = random.Random(seed).choices, range(n)
    ratios = []
    for _ in range(draws):
        drawn = draw(questions, k=n)
        ratios.append(
            _ratio(statistic([top[i] for i in drawn]), statistic([bottom[i] for i in drawn]))
        )
    ratios.sort()
    skip = int(draws * 0.05)
    return Interval(_ratio(statistic(top), statistic(bottom)), ratios[skip], ratios[-1 - skip])


def _ratio(top: float, bottom: float) -> float:
    if bottom == 0:
        return 1.0 if top == 0 else inf
    return top / bottom
