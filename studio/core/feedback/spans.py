"""Spans: how long ago something was, as people say it."""

from __future__ import annotations

from datetime import timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FEW_DAYS = 2
"""Days up to which hours are told."""


def lasted(span: timedelta) -> str:
    """Returns a span in the unit that suits it: `4 minutes`, `1.5 hours`, `9 days`."""
    minutes = int(span / timedelta(minutes=1))
    if minutes < 1:
        return "less than a minute"
    if span < HOUR:
        return counted(minutes, "minute")
    if span < FEW_DAYS * DAY:
        return counted(span / HOUR, "hour")
    return counted(span / DAY, "day")


def counted(value: float, unit: str) -> str:
    """Returns a number with its unit, to one place: `1 hour`, `1.5 hours`, `2 hours`."""
    rounded = round(value, 1)
    return f"{rounded:g} {unit}{'s' * (rounded != 1)}"
