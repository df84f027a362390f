"""Agreement: whether people who judge the same thing judge it alike, in three numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from math import isfinite
from typing import Literal

from studio.domain.errors import InvalidInput

Level = Literal["nominal", "ordinal", "interval"]
"""Names; steps in order; numbers whose distances mean something."""
Unit = Sequence[str | float]
"""Ratings of one thing, by different people; who gave none is left out."""
Distance = Callable[[str | float, str | float], float]


def percent(units: Sequence[Unit]) -> float:
    """Returns the share of pairs of ratings of the same thing that are equal, mean over things."""
    rated = _some(units)
    return sum(_equal_pairs(unit) for unit in rated) / len(rated)


def krippendorff_alpha(units: Sequence[Unit], level: Level = "nominal") -> float:
    """Returns 1 for full agreement, 0 for chance, less than 0 for disagreement on purpose.

    Things with fewer than two ratings say nothing and are left out. Source: K. Krippendorff,
    Content Analysis, 2nd ed. (2004), chapter 11.
    """
    coincidences: dict[tuple[str | float, str | float], float] = {}
    for unit in _some(units):
        counts, weight = Counter(unit), len(unit) - 1
        for x, nx in counts.items():
            for y, ny in counts.items():
                seen = nx * (ny - (x == y)) / weight
                coincidences[x, y] = coincidences.get((x, y), 0.0) + seen
    margins: dict[str | float, float] = {}
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


def cohen_kappa(pairs: Sequence[tuple[str | float, str | float]]) -> float:
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


def _distance(level: Level, margins: Mapping[str | float, float]) -> Distance:
    if level == "nominal":
        return lambda x, y: float(x != y)
    numbers = {rating: _number(rating) for rating in margins}
    if level == "interval":
        return lambda x, y: (numbers[x] - numbers[y]) ** 2
    ordered = sorted(margins, key=lambda rating: numbers[rating])
    upto = dict(zip(ordered, accumulate(margins[one] for one in ordered), strict=True))

    def between(x: str | float, y: str | float) -> float:
        low, high = sorted((x, y), key=lambda rating: numbers[rating])
        inside = upto[high] - upto[low] + margins[low]
        return (inside - (margins[low] + margins[high]) / 2) ** 2

    return between


def _number(rating: str | float) -> float:
    if isinstance(rating, str) or not isfinite(rating):
        raise InvalidInput(f"{rating!r} has no place in an order, so it can only be nominal.")
    return float(rating)


def _equal_pairs(unit: Unit) -> float:
    m = len(unit)
    return sum(count * (count - 1) for count in Counter(unit).values()) / (m * (m - 1))


def _some(units: Sequence[Unit]) -> list[Unit]:
    rated = [unit for unit in units if len(unit) >= 2]
    if not rated:
        raise InvalidInput("Nothing was rated by two people, so agreement cannot be said.")
    return rated
