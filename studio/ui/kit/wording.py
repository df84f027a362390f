"""How the kit writes shares and remaining time."""

from __future__ import annotations


def percent(share: float) -> str:
    """A share from 0 to 1 with one place, such as `87.2 %`."""
    return f"{100 * share:.1f} %"


def time_left(seconds: float | None) -> str:
    """Remaining seconds as people say it, such as `about 4 min left`; empty when unknown."""
    if seconds is None or seconds < 0:
        return ""
    if seconds < 55:
        return f"about {max(5, 5 * round(seconds / 5))} s left"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"about {minutes} min left"
    hours, rest = divmod(minutes, 60)
    return f"about {hours} h {rest} min left" if rest else f"about {hours} h left"
