"""Answering: how long a model takes over so many questions, before it was asked any of them."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from studio.domain.costing import Figure

READING = 2.0
"""Tokens read in the time that training takes for one: 2 operations a weight instead of 4."""
WRITING = 0.12
"""Tokens written in that time: each waits for the one before it, in batches. A judgement."""
APART = 3.0
"""How far a time may be from what training's speed tells, up or down. A judgement."""
LIKE_EARLIER, LIKE_FEW = 1.35, 2.0
"""How far a time may be from that of three earlier runs or more, and of fewer. A judgement."""
LOADING = 10.0
"""Seconds until a model that rests on the disk answers. A judgement."""
ENOUGH = 3
MOST_EARLIER = 5
"""Earlier runs looked at, the newest: machines and models change."""


class Volume(NamedTuple):
    """What has to be read and written, in tokens."""

    answers: int
    """Questions put to the model, those asked again to be timed included."""
    read: float
    written_low: float
    written: float
    written_high: float

    @property
    def tokens(self) -> float:
        """Tokens in and out."""
        return self.read + self.written


def work(read: float, written: float) -> float:
    """Returns how many tokens trained on take as long as reading and writing these."""
    return read / READING + written / WRITING


def volume(answers: int, read: float, expected: float, most: float, seen: float | None) -> Volume:
    """Returns the tokens of so many answers; all but `answers` are means of one of them.

    Args:
        answers: how many.
        read: tokens of the prompt.
        expected: tokens of the answer that would be right.
        most: tokens that an answer may have.
        seen: tokens of the answers this model gave on this rung before; None without any.
    """
    # A model that was not taught the task may well write until it is cut off.
    middle = seen if seen is not None else (expected * max(most, expected)) ** 0.5
    return Volume(
        answers=answers,
        read=answers * read,
        written_low=answers * min(expected, middle),
        written=answers * middle,
        written_high=answers * max(most, middle) if seen is None else answers * 1.25 * middle,
    )


def from_earlier(asked: Volume, rates: Sequence[float]) -> Figure | None:
    """Returns the seconds by the work a second of earlier runs, oldest first; None without any."""
    newest = list(rates)[-MOST_EARLIER:]
    if not newest:
        return None
    middle, apart = median(newest), LIKE_FEW if len(newest) < ENOUGH else LIKE_EARLIER
    slow, fast = min(*newest, middle / apart), max(*newest, middle * apart)
    return Figure(
        low=work(asked.read, asked.written_low) / fast,
        mid=work(asked.read, asked.written) / middle,
        high=work(asked.read, asked.written_high) / slow,
        unit="s",
        basis=f"measured here on {len(newest)} earlier run{'s' if len(newest) > 1 else ''}",
    )


def from_training(asked: Volume, speed: Figure) -> Figure:
    """Returns the seconds by the speed of training the same model here; unknown where that is."""
    if not speed.mid:
        return Figure(unit="s", basis=speed.basis)
    return Figure(
        low=work(asked.read, asked.written_low) / speed.mid / APART,
        mid=work(asked.read, asked.written) / speed.mid + LOADING,
        high=work(asked.read, asked.written_high) / speed.mid * APART + 3 * LOADING,
        unit="s",
        basis=f"a prior from the speed of training: {speed.basis}",
    )


def by_hour(seconds: Figure, usd: float) -> Figure:
    """Returns what so many seconds cost on a machine whose hour has that price."""
    low, mid, high = (
        None if one is None else one * usd / 3600
        for one in (seconds.low, seconds.mid, seconds.high)
    )
    basis = f"{usd:g} USD for an hour of this machine, put in by you; time {seconds.basis}"
    return Figure(low=low, mid=mid, high=high, unit="USD", basis=basis)
