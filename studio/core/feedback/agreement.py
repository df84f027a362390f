"""Agreement: whether people who judge the same thing judge it alike, in three numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Literal, NamedTuple

from studio.domain.errors import InvalidInput

Level = Literal["nominal", "ordinal", "interval"]
"""Names; steps in order; numbers whose distances mean something."""
Unit = Sequence[float]
"""Ratings of one thing, by different people; who gave none is left out."""

LEAST_UNITS = 30
"""Things rated twice below which agreement decides nothing."""
BLOCKS, ASKS = 0.4, 0.67
"""Alpha below which nothing is learnt by itself, and below which a person has to approve.

Krippendorff's own cuts are 0.667 and 0.8; these are our judgement, for thumbs.
"""


class Agreement(NamedTuple):
    """How far raters agree; None where it cannot be said."""

    n: int
    """Things that at least two people rated."""
    percent: float | None
    alpha: float | None
    """Krippendorff's; it collapses where nearly all ratings are the same."""
    ac1: float | None
    """Gwet's, which does not."""


Standing = Literal["unknown", "blocks", "asks", "fine"]


def agreement(units: Sequence[Unit], level: Level = "nominal") -> Agreement:
    """Returns all three numbers."""
    rated = _rated(units)
    if not rated:
        return Agreement(0, None, None, None)
    return Agreement(len(rated), percent(rated), krippendorff_alpha(rated, level), gwet_ac1(rated))


def standing(seen: Agreement) -> Standing:
    """Returns what follows for learning without a person."""
    if seen.alpha is None or seen.n < LEAST_UNITS:
        return "unknown"
    if seen.alpha < BLOCKS:
        return "blocks"
    return "asks" if seen.alpha < ASKS else "fine"


def percent(units: Sequence[Unit]) -> float:
    """Returns the share of pairs of ratings of the same thing that are equal, mean over things."""
    rated = _some(units)
    return sum(_equal_pairs(unit) for unit in rated) / len(rated)


def krippendorff_alpha(units: Sequence[Unit], level: Level = "nominal") -> float:
    """Returns 1 for full agreement, 0 for chance, less than 0 for disagreement on purpose.

    Things with fewer than two ratings say nothing and are left out. Source: K. Krippendorff,
    Content Analysis, 2nd ed. (2004), chapter 11.
    """
    coincidences: dict[tuple[float, float], float] = {}
    for unit in _some(units):
        counts, weight = Counter(unit), len(unit) - 1
        for x, nx in counts.items():
            for y, ny in counts.items():
                seen = nx * (ny - (x == y)) / weight
                coincidences[x, y] = coincidences.get((x, y), 0.0) + seen
    margins: dict[float, float] = {}
    for (x, _), count in coincidences.items():
        margins[x] = margins.get(x, 0.0) + count
    n, distance = sum(margins.values()), _distance(level, margins)
    observed = sum(count * distance(x, y) for (x, y), count in coincidences.items()) / n
    expected = sum(
        nx * (ny - (x == y)) * distance(x, y)
        for x, nx in margins.items()
        for y, ny in margins.items()
    ) / (n * (n - 1))
    return 1.0 if expected == 0 else 1 - observed / expected


def gwet_ac1(units: Sequence[Unit]) -> float:
    """Returns agreement beyond chance that stays meaningful when nearly all ratings are the same.

    Source: K. L. Gwet, Computing inter-rater reliability and its variance in the presence of high
    agreement, British Journal of Mathematical and Statistical Psychology 61 (2008) 29-48.
    """
    some = [unit for unit in units if unit]
    categories = {rating for unit in some for rating in unit}
    observed = percent(units)
    if len(categories) < 2:
        return 1.0
    shares = [sum(unit.count(k) / len(unit) for unit in some) / len(some) for k in categories]
    chance = sum(share * (1 - share) for share in shares) / (len(categories) - 1)
    return (observed - chance) / (1 - chance)


def cohen_kappa(pairs: Sequence[tuple[float, float]]) -> float:
    """Returns agreement beyond chance of two raters, each with their own habits.

    Source: J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological
    Measurement 20 (1960) 37-46. Two raters who both always say the same agree fully.
    """
    if not pairs:
        raise InvalidInput("Nothing was rated by both, so agreement cannot be said.")
    n = len(pairs)
    ours, theirs = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    observed = sum(one == other for one, other in pairs) / n
    chance = sum(count * theirs[k] for k, count in ours.items()) / (n * n)
    return 1.0 if chance == 1 else (observed - chance) / (1 - chance)


def _distance(level: Level, margins: Mapping[float, float]) -> Callable[[float, float], float]:
    if level == "nominal":
        return lambda x, y: float(x != y)
    if level == "interval":
        return lambda x, y: (x - y) ** 2
    ordered = sorted(margins)
    upto = dict(zip(ordered, accumulate(margins[value] for value in ordered), strict=True))

    def between(x: float, y: float) -> float:
        low, high = min(x, y), max(x, y)
        inside = upto[high] - upto[low] + margins[low]
        return (inside - (margins[low] + margins[high]) / 2) ** 2

    return between


def _equal_pairs(unit: Unit) -> float:
    m = len(unit)
    return sum(count * (count - 1) for count in Counter(unit).values()) / (m * (m - 1))


def _rated(units: Sequence[Unit]) -> list[Unit]:
    return [unit for unit in units if len(unit) >= 2]


def _some(units: Sequence[Unit]) -> list[Unit]:
    rated = _rated(units)
    if not rated:
        raise InvalidInput("Nothing was rated by two people, so agreement cannot be said.")
    return rated
