"""Rates of different people: the difference of two independent shares, with its interval."""

from __future__ import annotations

from math import sqrt

from studio.core.evaluation.statistics import Z95, Interval, wilson


def newcombe_independent(k1: int, n1: int, k2: int, n2: int, z: float = Z95) -> Interval:
    """Returns the difference of two rates, first minus second, with its interval.

    An arm in which nothing was observed says nothing: the interval is then as wide as can be.
    Source: R. G. Newcombe, Interval estimation for the difference between independent proportions,
    Statistics in Medicine 17 (1998) 873-890, method 10.
    """
    (l1, u1), (l2, u2) = wilson(k1, n1, z), wilson(k2, n2, z)
    if n1 == 0 or n2 == 0:
        return Interval(0.0, -1.0, 1.0)
    p1, p2 = k1 / n1, k2 / n2
    difference = p1 - p2
    low = difference - sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2)
    high = difference + sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2)
    return Interval(difference, max(-1.0, low), min(1.0, high))
