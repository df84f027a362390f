"""What so many examples can tell: the width of an interval, and the examples a difference needs."""

from __future__ import annotations

from math import ceil, sqrt

from studio.core.evaluation.statistics import Z95

SIZES = (20, 50, 100, 200, 400)
"""Suite sizes that tables show."""
USUAL_SHARE = 0.8
"""Share of right answers that tables assume."""
Z_POWER = 0.8416212335729143
"""Standard normal quantile of 80 %: how surely a true difference should be found."""


def half_width(n: int, share: float = USUAL_SHARE) -> float:
    """Returns half the 95 % interval of a share measured on `n` examples; 1 for none at all.

    The binomial with its normal approximation, good enough to choose a size; scores themselves
    carry Wilson's interval.
    """
    return min(1.0, Z95 * sqrt(share * (1 - share) / n)) if n > 0 else 1.0


def examples_for(width: float, share: float = USUAL_SHARE) -> int:
    """Returns the examples from which the half-width is at most `width`."""
    return ceil(Z95 * Z95 * share * (1 - share) / (width * width))


def examples_to_tell(n: int, difference: float, low: float, high: float) -> int | None:
    """Returns the examples that would tell a paired difference like this one from chance.

    It assumes that the difference is true and its spread stays as measured; found then in four of
    five cases at 5 %. None when no difference was seen.
    """
    if not difference:
        return None
    error = (high - low) / (2 * Z95)
    return ceil(n * ((Z95 + Z_POWER) * error / difference) ** 2)
