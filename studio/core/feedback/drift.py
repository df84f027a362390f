"""Drift: how far a distribution has moved, as a population stability index."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from math import isfinite, log

from studio.domain.errors import InvalidInput

BINS = 10
FLOOR = 1e-4
"""Added to every share, so that a bin that was empty once does not weigh infinitely."""


def psi_shares(reference: Sequence[float], current: Sequence[float]) -> float:
    """Returns the population stability index of two lists of shares; 0 means the same.

    Custom in credit scoring: below 0.10 nothing has moved, from 0.25 on it has. Source: N. Siddiqi,
    Credit Risk Scorecards (2006), chapter 11.
    """
    return sum(
        (now - then) * log((now + FLOOR) / (then + FLOOR))
        for then, now in zip(reference, current, strict=True)
    )


def psi(reference: Sequence[float], current: Sequence[float], bins: int = BINS) -> float:
    """Returns the index of numbers, counted between the quantiles of the reference.

    Equal numbers stay together, so where many are equal there are fewer bins.
    """
    _check(reference, current)
    ordered, n = sorted(reference), len(reference)
    edges = sorted({ordered[n * at // bins - 1] for at in range(1, bins) if n * at // bins})
    return psi_shares(_in_bins(reference, edges), _in_bins(current, edges))


def psi_kinds(reference: Sequence[str], current: Sequence[str]) -> float:
    """Returns the index of kinds, each counted by itself, new ones too."""
    _check(reference, current)
    then, now = Counter(reference), Counter(current)
    names = sorted({*then, *now})
    return psi_shares(
        [then[name] / len(reference) for name in names],
        [now[name] / len(current) for name in names],
    )


def _in_bins(values: Sequence[float], edges: Sequence[float]) -> list[float]:
    """Returns the share in each bin; an edge belongs to the bin that it ends."""
    counts = [0] * (len(edges) + 1)
    for value in values:
        counts[bisect_left(edges, value)] += 1
    return [count / len(values) for count in counts]


def _check(reference: Sequence[object], current: Sequence[object]) -> None:
    if not reference or not current:
        raise InvalidInput("One of the two windows is empty, so nothing can be compared.")
    numbers = [value for value in (*reference, *current) if isinstance(value, int | float)]
    if not all(isfinite(value) for value in numbers):
        raise InvalidInput("A value is not a number, so nothing can be compared.")
