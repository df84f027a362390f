"""latency: how long answers took, counted in 64 buckets so that any window can be summed."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping

STRETCHES = (
    (0.01, 0.1, 12),
    (0.1, 0.25, 6),
    (0.25, 0.5, 5),
    (0.5, 1.0, 5),
    (1.0, 2.0, 5),
    (2.0, 5.0, 6),
    (5.0, 10.0, 5),
    (10.0, 30.0, 7),
    (30.0, 60.0, 4),
    (60.0, 600.0, 7),
)
"""From, to, and how many buckets of equal ratio lie between.

What Prometheus is told (0.1, 0.25, 0.5 … 60 s) are edges among them, so those counts are exact.
"""


def _edges() -> tuple[float, ...]:
    edges = [STRETCHES[0][0]]
    for low, high, pieces in STRETCHES:
        edges += [low * (high / low) ** (at / pieces) for at in range(1, pieces)]
        edges.append(high)
    return tuple(edges)


EDGES = _edges()
"""Upper end of each bucket but the last, which has none; an edge belongs to the bucket it ends."""
BUCKETS = len(EDGES) + 1


def bucket_of(seconds: float) -> int:
    """Returns the bucket that a duration is counted in."""
    return bisect_left(EDGES, seconds)


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """Returns the duration that this share of the answers did not exceed; None without answers.

    Inside a bucket durations are taken as evenly spread in logarithm; between 0.1 and 60 seconds
    the error is below 27 %, the width of a bucket, and usually a few percent.
    """
    total = sum(counts.values())
    if total == 0:
        return None
    wanted, before = share * total, 0
    for bucket in sorted(counts):
        n = counts[bucket]
        if n and before + n >= wanted:
            return _inside(bucket, (wanted - before) / n)
        before += n
    return EDGES[-1]


def at_most(counts: Mapping[int, int], seconds: float) -> int:
    """Returns how many answers took no longer than an edge of `EDGES`."""
    last = bucket_of(seconds)
    return sum(n for bucket, n in counts.items() if bucket <= last)


def _inside(bucket: int, share: float) -> float:
    if bucket >= len(EDGES):
        return EDGES[-1]
    high = EDGES[bucket]
    if bucket == 0:
        return high * share
    low = EDGES[bucket - 1]
    return math.exp(math.log(low) + (math.log(high) - math.log(low)) * share)
