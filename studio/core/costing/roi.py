"""ROI: present value, rates of return, paybacks and the score below which answers lose money."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from math import isfinite

import numpy_financial as npf

MOST_REQUESTS = 1e12
"""A month's volume beyond which nobody asks for a break-even."""


def failure_cost(escalation: float, churn: float, unnoticed: float) -> float:
    """Returns what a wrong answer costs on average: `(1 - p) * escalation + p * churn`."""
    return (1 - unnoticed) * escalation + unnoticed * churn


def break_even_accuracy(success: float, failure: float) -> float | None:
    """Returns the share of right answers at which gain and loss are even: `c / (g + c)`.

    None when neither a right nor a wrong answer is worth anything.
    """
    return failure / (success + failure) if success + failure > 0 else None


def monthly_rate(annual: float) -> float:
    """Returns the rate a month that compounds to the rate a year: `(1 + r)^(1/12) - 1`."""
    return float((1 + annual) ** (1 / 12) - 1)


def npv(rate: float, cash_flow: Sequence[float]) -> float:
    """Returns the present value; the first amount is paid today."""
    return float(npf.npv(rate, cash_flow))


def sign_changes(cash_flow: Sequence[float]) -> int:
    """Counts how often money going out turns into money coming in, or the reverse."""
    signs = [amount > 0 for amount in cash_flow if amount]
    return sum(one is not other for one, other in zip(signs, signs[1:], strict=False))


def irr(cash_flow: Sequence[float]) -> float | None:
    """Returns the rate a period at which the present value is 0.

    None unless the amounts change sign exactly once: otherwise there is no such rate, or several.
    """
    if sign_changes(cash_flow) != 1:
        return None
    found = float(npf.irr(cash_flow))
    return found if isfinite(found) else None


def mirr(cash_flow: Sequence[float], rate: float) -> float | None:
    """Returns the rate a period when money is borrowed and reinvested at `rate`.

    None without both money going out and money coming in.
    """
    if sign_changes(cash_flow) == 0:
        return None
    found = float(npf.mirr(cash_flow, rate, rate))
    return found if isfinite(found) else None


def payback(cash_flow: Sequence[float], rate: float = 0.0) -> int | None:
    """Returns the first month in which the sum so far is not negative; None: never.

    With a rate the amounts are discounted first, which is the discounted payback.
    """
    discounted = [amount / (1 + rate) ** month for month, amount in enumerate(cash_flow)]
    for month, total in enumerate(accumulate(discounted)):
        if total >= 0:
            return month
    return None


def roi(benefits: float, costs: float) -> float | None:
    """Returns (benefits - costs) / costs, both undiscounted; None without costs."""
    return (benefits - costs) / costs if costs > 0 else None


def break_even_volume(value_at: Callable[[float], float]) -> float | None:
    """Returns the fewest requests a month whose present value is not negative.

    None when there is no such volume.

    Args:
        value_at: present value as a function of the requests a month.
    """
    if value_at(0.0) >= 0:
        return 0.0
    high = 1.0
    while value_at(high) < 0:
        high *= 2
        if high > MOST_REQUESTS:
            return None
    low = 0.0
    for _ in range(100):
        middle = (low + high) / 2
        if value_at(middle) < 0:
            low = middle
        else:
            high = middle
    return high
