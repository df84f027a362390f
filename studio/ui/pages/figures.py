"""Figures in words: bytes, durations, shares, counts and moments as people read them."""

from __future__ import annotations

from datetime import datetime

from studio.ui.kit.wording import time_left

UNKNOWN = "not known"
UNITS = ("bytes", "KB", "MB", "GB", "TB")


def size(number: float | None) -> str:
    """Bytes in decimal units with two significant places, such as `1.4 GB`."""
    if number is None:
        return UNKNOWN
    value, unit = float(number), UNITS[0]
    for unit in UNITS:
        if abs(value) < 999.5 or unit == UNITS[-1]:
            break
        value /= 1000
    places = 1 if unit != "bytes" and value < 9.95 else 0
    return f"{value:.{places}f} {unit}"


def count(number: float | None) -> str:
    """A whole number with separators, such as `12,480`."""
    return UNKNOWN if number is None else f"{round(number):,}"


def many(number: int, one: str, more: str = "") -> str:
    """A count with its noun, such as `1 row` or `1,200 rows`."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def share(value: float | None, places: int = 1) -> str:
    """A share from 0 to 1 as a percentage, such as `87.3 %`."""
    return UNKNOWN if value is None else f"{100 * value:.{places}f} %"


def points(value: float) -> str:
    """A difference of shares in percentage points with its sign, such as `+12.5 points`."""
    return f"{100 * value:+.1f} points"


def duration(seconds: float | None) -> str:
    """Seconds as a rounded duration, such as `45 s`, `12 min` or `3 h 20 min`."""
    if seconds is None:
        return UNKNOWN
    seconds = max(0.0, seconds)
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{hours / 24:.1f} days"


def duration_range(low: float | None, high: float | None) -> str:
    """An optimistic and a pessimistic duration, such as `8 min to 15 min`."""
    if low is None or high is None:
        return duration(high if low is None else low)
    first, last = duration(low), duration(high)
    return first if first == last else f"{first} to {last}"


def remaining(seconds: float | None, *, percent: float, step: int) -> str:
    """The time left, empty while it would be a guess: below 3 % or 5 steps."""
    if seconds is None or percent < 3 or step < 5:
        return ""
    return time_left(seconds)


def moment(at: datetime | None) -> str:
    """A moment in local time, to the minute."""
    return "" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M")


def clock(at: datetime) -> str:
    """The time of day in local time, to the second."""
    return at.astimezone().strftime("%H:%M:%S")


def usd(amount: float) -> str:
    """Dollars to the cent, small sums to a hundredth of one."""
    return f"{amount:,.{2 if amount >= 1 or amount == 0 else 4}f} USD"


def p_value(value: float) -> str:
    """A p value with three places, never rounded down to zero."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"
