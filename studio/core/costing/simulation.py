"""Simulation: each assumption alone (tornado) and all together (seeded Monte Carlo)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import erf, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.costing.assumptions import SHARE
from studio.domain.costing import Assumption, Simulation, TornadoBar

DRAWS = 10_000
SEED = 20_261_124
BINS = 40
Z90 = 1.2815515655446004
"""Standard normal quantile of the ninetieth percentile."""

NOTHING: Mapping[str, float] = {}

Worth = Callable[[Mapping[str, Any]], Any]
"""Values of the assumptions, numbers or draws → net present value of the arm."""

Numbers = NDArray[np.float64]


def tornado(
    uncertain: Iterable[Assumption], values: Mapping[str, float], worth: Worth
) -> tuple[TornadoBar, ...]:
    """Returns what each assumption alone does to the value, the widest first."""
    bars = []
    for row in uncertain:
        low, high = (float(worth({**values, row.key: end})) for end in (row.low, row.high))
        if low != high:
            bars.append(TornadoBar(key=row.key, title=row.title, low_npv=low, high_npv=high))
    return tuple(sorted(bars, key=lambda bar: -abs(bar.high_npv - bar.low_npv)))


def simulate(
    uncertain: Sequence[Assumption],
    values: Mapping[str, float],
    worth: Worth,
    *,
    together: Mapping[str, float] = NOTHING,
    correlation: float = 0.0,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Simulation:
    """Draws all assumptions at once and returns how the value spreads; equal seeds, equal result.

    Args:
        uncertain: what is drawn, between its percentiles.
        values: everything the value needs; what is not drawn keeps its number.
        worth: the value.
        together: keys that move together: 1 for those that rise, -1 for those that fall.
        correlation: how strongly those do, by a Gaussian copula: 0 not at all, 1 as one.
        draws: at least 10,000 for the figures shown.
        seed: of the random numbers.
    """
    random = np.random.default_rng(seed)
    common = random.standard_normal(draws)
    drawn: dict[str, Any] = dict(values)
    for row in uncertain:
        normal = random.standard_normal(draws)
        if row.key in together:
            shared = sqrt(correlation) * together[row.key] * common
            normal = shared + sqrt(1 - correlation) * normal
        drawn[row.key] = quantiles(row, normal)
    found = np.broadcast_to(np.asarray(worth(drawn), dtype=float), (draws,))
    p10, p50, p90 = (float(end) for end in np.percentile(found, (10, 50, 90)))
    return Simulation(
        draws=draws,
        seed=seed,
        correlation=correlation,
        p10=p10,
        p50=p50,
        p90=p90,
        probability_of_loss=float((found < 0).mean()),
        histogram=_bins(found),
    )


def quantiles(row: Assumption, normal: Numbers) -> Numbers:
    """Returns what the assumption is where a standard normal variable has those values.

    Amounts that can be a few times less or more are lognormal through both percentiles; shares,
    and what leans to one side, are triangular with the best guess as their mode.
    """
    if row.unit != SHARE and _even(row):
        middle, spread = (log(row.low) + log(row.high)) / 2, log(row.high / row.low) / (2 * Z90)
        return np.exp(middle + spread * normal)
    least, most = corners(row.low, row.value, row.high)
    drawn = _triangular(_share_below(normal), least, row.value, most)
    return np.clip(drawn, 0.0, 1.0 if row.unit == SHARE else None)


def corners(low: float, mode: float, high: float) -> tuple[float, float]:
    """Returns least and most of the triangle whose percentiles 10 and 90 are `low` and `high`.

    Where the mode is one of the percentiles, the triangle ends there.
    """
    below, above = mode - low, high - mode
    left, right = 2 * below, 2 * above
    # Both corners hang on each other; the step to them shrinks by half each time.
    for _ in range(100):
        width = left + right
        left = below + sqrt(0.1 * width * left) if below > 0 else 0.0
        right = above + sqrt(0.1 * width * right) if above > 0 else 0.0
    return mode - left, mode + right


def _even(row: Assumption) -> bool:
    """Tells whether the range is about as many times below the best guess as above it."""
    if not 0 < row.low < row.value < row.high:
        return False
    return 0.5 < log(row.high / row.value) / log(row.value / row.low) < 2


def _triangular(share: Numbers, least: float, mode: float, most: float) -> Numbers:
    width = most - least
    if width <= 0:
        return np.full_like(share, mode)
    rising = least + np.sqrt(share * width * (mode - least))
    falling = most - np.sqrt((1 - share) * width * (most - mode))
    return np.where(share * width < mode - least, rising, falling)


def _share_below(normal: Numbers) -> Numbers:
    return 0.5 * (1 + np.fromiter(map(erf, normal / sqrt(2)), float, normal.size))


def _bins(found: Numbers) -> tuple[tuple[float, int], ...]:
    # The outermost hundredths would leave the shape in two or three bins.
    low, high = np.percentile(found, (0.5, 99.5))
    if low == high:
        return ((float(low), int(found.size)),)
    counts, edges = np.histogram(np.clip(found, low, high), bins=BINS, range=(low, high))
    return tuple((float(edge), int(n)) for edge, n in zip(edges[:-1], counts, strict=True))
