"""Ordering: which corrections teach most, so that reviewers see them first.

`usefulness = 2·uncertainty + edit + frequency`, each 0 to 1: uncertainty is how evenly thumbs on
the same question are divided, edit how much of the answer was changed, frequency the logarithm of
how often the question was asked. A disputed question asked often outranks everything.
"""

from __future__ import annotations

from math import log2
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from studio.core.splits import normalised

OFTEN = 64
"""Times asked from which a question counts as asked all the time."""
COMPARED = 4000
"""Characters that are compared; what differs later differs seldom alone."""
LARGE = 0.5
"""Share of an answer from which a change is called large."""


class Usefulness(NamedTuple):
    """How much a correction teaches."""

    score: float
    why: str
    """For people; empty when nothing stands out."""


def usefulness(*, asked: int | None, up: int, down: int, edit: float) -> Usefulness:
    """Returns how much a correction teaches, and why."""
    rated = up + down
    uncertainty = 4 * up * down / rated**2 if rated else 0.0
    frequency = min(1.0, log2(max(1, asked or 1)) / log2(OFTEN))
    reasons = []
    if up and down:
        reasons.append(f"people disagree about its answers ({up} up, {down} down)")
    if asked is not None and asked > 1:
        reasons.append(f"asked {asked:,} times lately")
    if edit >= LARGE:
        reasons.append("most of the answer was changed")
    why = ", ".join(reasons)
    return Usefulness(2 * uncertainty + edit + frequency, why[:1].upper() + why[1:])


def likeness(one: str, other: str) -> float:
    """Returns how alike two texts read, 0 to 1; 1 when they are equal after normalisation."""
    left, right = normalised(one)[:COMPARED], normalised(other)[:COMPARED]
    return Levenshtein.normalized_similarity(left, right)
