"""Gate pairs: what champion, candidate and anchor answered to the same question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from studio.core.evaluation.statistics import Interval, newcombe_paired
from studio.domain.errors import InvalidInput

SAME = 1e-9
"""Two scores closer than this are equal: a sum in another order must not decide."""


class Outcome(NamedTuple):
    """What one revision's answer to one question was worth."""

    value: float
    """Closeness to the expected answer, 0 to 1."""
    correct: bool
    valid: bool
    """Whether it has the form that was asked for."""
    seconds: float | None = None
    usd: float | None = None
    """None when not known."""
    personal_data: bool = False
    """Whether it tells personal data that the expected answer does not."""
    refusal: bool = False
    """Whether it declines where the expected answer does not."""


class Paired(NamedTuple):
    """One question with what everybody answered."""

    example_id: str
    expected: str
    champion: Outcome
    candidate: Outcome
    anchor: Outcome | None = None
    slice: str = ""
    """Kind of question; empty when none is told apart."""


class Accuracy(NamedTuple):
    """Right answers of the candidate and of another on the same questions."""

    n: int
    only_candidate: int
    only_other: int
    candidate: float | None
    other: float | None
    difference: Interval


def accuracy(pairs: Sequence[tuple[Outcome, Outcome]], z: float) -> Accuracy:
    """Compares how often the first and the second of each pair are right."""
    both = sum(one.correct and other.correct for one, other in pairs)
    only_first = sum(one.correct and not other.correct for one, other in pairs)
    only_second = sum(other.correct and not one.correct for one, other in pairs)
    return counted(both, only_first, only_second, len(pairs) - both - only_first - only_second, z)


def counted(both: int, only_candidate: int, only_other: int, neither: int, z: float) -> Accuracy:
    """Compares two models by how often both, one or none of them is right."""
    n = both + only_candidate + only_other + neither
    return Accuracy(
        n,
        only_candidate,
        only_other,
        (both + only_candidate) / n if n else None,
        (both + only_other) / n if n else None,
        newcombe_paired(both, only_candidate, only_other, neither, z),
    )


def closer(pairs: Sequence[Paired]) -> tuple[int, int]:
    """Returns on how many questions the candidate came closer, and on how many less close."""
    gains = [pair.candidate.value - pair.champion.value for pair in pairs]
    if any(gain != gain for gain in gains):
        raise InvalidInput("A score is not a number, so nothing can be said of who came closer.")
    return sum(gain > SAME for gain in gains), sum(gain < -SAME for gain in gains)
