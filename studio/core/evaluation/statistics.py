"""Statistics that decide whether a difference is real, in exact integers where they can be."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from math import comb, isfinite, sqrt
from operator import getitem
from typing import NamedTuple

from studio.domain.errors import InvalidInput

Z95 = 1.959963984540054
"""Standard normal quantile of a two-sided 95 % interval."""
Z90 = 1.6448536269514722
"""Standard normal quantile of a two-sided 90 % interval, which is one-sided 95 %."""

DRAWS = 1000
"""Random draws of a bootstrap or a permutation test: the ends of a 95 % interval rest on 25."""


class Interval(NamedTuple):
    """An estimate between the ends of its interval."""

    value: float
    low: float
    high: float


def wilson(k: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Returns the score interval of a rate of `k` in `n`; (0, 1) when nothing was observed.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    JASA 22 (1927) 209-212.
    """
    _check_count(k=k, n=n)
    if n == 0:
        return 0.0, 1.0
    p = k / n
    spread = 1 + z * z / n
    centre = (p + z * z / (2 * n)) / spread
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / spread
    # At k = 0 and k = n one end is exact; the subtraction would leave a rounding error there.
    low = 0.0 if k == 0 else max(0.0, centre - half)
    high = 1.0 if k == n else min(1.0, centre + half)
    return low, high


def mcnemar_one_sided(wins: int, losses: int) -> float:
    """Returns P(at least `wins` of the disagreements) if both models were equally good.

    Source: Q. McNemar, Psychometrika 12 (1947) 153-157, in its exact form, the sign test; the sum
    runs over integers and is divided once, because float powers overflow from 1,030 disagreements.
    """
    _check_count(wins=wins, losses=losses)
    n = wins + losses
    return _tail(n, wins) / (1 << n)


def mcnemar_two_sided(wins: int, losses: int) -> float:
    """Returns twice the smaller tail of the exact McNemar test, at most 1.

    Source: as `mcnemar_one_sided`.
    """
    _check_count(wins=wins, losses=losses)
    n = wins + losses
    return min(1.0, 2 * _tail(n, max(wins, losses)) / (1 << n))


def newcombe_paired(
    both: int, only_first: int, only_second: int, neither: int, z: float = Z95
) -> Interval:
    """Returns the difference of two paired rates, first minus second, with its interval.

    Source: R. G. Newcombe, Improved confidence intervals for the difference between binomial
    proportions based on paired data, Statistics in Medicine 17 (1998) 2635-2650, method 10.
    """
    _check_count(both=both, only_first=only_first, only_second=only_second, neither=neither)
    n = both + only_first + only_second + neither
    if n == 0:
        return Interval(0.0, -1.0, 1.0)
    first, second = both + only_first, both + only_second
    p1, p2 = first / n, second / n
    (l1, u1), (l2, u2) = wilson(first, n, z), wilson(second, n, z)
    phi = _corrected_phi(both, only_first, only_second, neither)
    difference = (only_first - only_second) / n
    low = difference - _hypotenuse(p1 - l1, u2 - p2, phi)
    high = difference + _hypotenuse(u1 - p1, p2 - l2, phi)
    return Interval(difference, max(-1.0, low), min(1.0, high))


def holm(p_values: Sequence[float]) -> list[float]:
    """Returns p-values adjusted for having looked several times, in the order given.

    Source: S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal
    of Statistics 6 (1979) 65-70: the i-th smallest of m is multiplied by m - i + 1, never falling.
    """
    if any(not 0 <= p <= 1 for p in p_values):
        raise InvalidInput(f"A p-value lies between 0 and 1, these do not all: {list(p_values)}.")
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def sign_flip(differences: Sequence[float], *, draws: int = DRAWS, seed: int = 0) -> float:
    """Returns the two-sided p-value of a mean paired difference under randomly flipped signs.

    The observed signs count as one draw, so the smallest answer is 1 / (draws + 1). Source:
    R. A. Fisher, The Design of Experiments (1935) §21; B. Phipson and G. K. Smyth, Permutation
    p-values should never be zero, SAGMB 9 (2010) article 39.
    """
    _check_scores(differences)
    sizes = [abs(value) for value in differences if value]
    if not sizes:
        return 1.0
    # A sum in another order may differ in its last bits: a tie must count as a tie.
    least = abs(sum(differences)) - 1e-9 * sum(sizes)
    tables = [_signed_sums(sizes[start : start + 8]) for start in range(0, len(sizes), 8)]
    signs = random.Random(seed).randbytes
    hits = 0
    for _ in range(draws):
        # One random byte gives the signs of eight differences, whose sum is looked up.
        total: float = sum(map(getitem, tables, signs(len(tables))))
        hits += abs(total) >= least
    return (hits + 1) / (draws + 1)


def bootstrap_mean(values: Sequence[float], *, draws: int = DRAWS, seed: int = 0) -> Interval:
    """Returns a mean with its 95 % percentile interval over seeded resamples.

    Of paired differences (same example, two models) this is the paired bootstrap. Source:
    B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13; for paired
    models P. Koehn, Statistical significance tests for machine translation evaluation, EMNLP 2004.
    """
    _check_scores(values)
    n = len(values)
    if n == 0:
        raise InvalidInput("No example was scored, so there is no mean.")
    mean = sum(values) / n
    draw = random.Random(seed).choices
    low, high = _middle(lambda: sum(draw(values, k=n)) / n, draws)
    return Interval(mean, low, high)


def _signed_sums(sizes: Sequence[float]) -> list[float]:
    """Returns the sum of at most eight numbers for each of 256 patterns of signs."""
    sums = [0.0]
    for size in sizes:
        sums = [total - size for total in sums] + [total + size for total in sums]
    return sums * (256 // len(sums))


def _middle(estimate: Callable[[], float], draws: int) -> tuple[float, float]:
    """Returns the 2.5 % and 97.5 % points of repeated estimates, leaning outwards."""
    estimates = sorted(estimate() for _ in range(draws))
    skip = int(draws * 0.025)
    return estimates[skip], estimates[-1 - skip]


def _tail(n: int, k: int) -> int:
    """Counts the outcomes of `n` fair coins with at least `k` heads."""
    # One binomial coefficient leads to the next, which spares thousands of long products.
    term = total = comb(n, k)
    for i in range(k, n):
        term = term * (n - i) // (i + 1)
        total += term
    return total


def _corrected_phi(a: int, b: int, c: int, d: int) -> float:
    """Returns the correlation of the two outcomes with Newcombe's continuity correction."""
    product = (a + b) * (c + d) * (a + c) * (b + d)
    if product == 0:
        return 0.0
    top, half = float(a * d - b * c), (a + b + c + d) / 2
    if top > half:
        top -= half
    elif top >= 0:
        top = 0.0
    return top / sqrt(product)


def _hypotenuse(x: float, y: float, phi: float) -> float:
    """Combines two half-widths whose errors are correlated by `phi`."""
    return sqrt(max(0.0, x * x - 2 * phi * x * y + y * y))


def _check_count(**counts: int) -> None:
    wrong = {name: count for name, count in counts.items() if count < 0}
    if wrong or ("k" in counts and counts["k"] > counts["n"]):
        raise InvalidInput(f"These cannot be counts of examples: {counts}.")


def _check_scores(values: Sequence[float]) -> None:
    if not all(isfinite(value) for value in values):
        raise InvalidInput("A score is not a number, so no interval can be given.")
