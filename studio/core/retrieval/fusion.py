"""Fusion: several rankings of the same things made one, by reciprocal rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

SMOOTHING = 60
"""Keeps the very first places from deciding alone.

G. Cormack, C. Clarke, S. Büttcher, Reciprocal rank fusion outperforms Condorcet and individual
rank learning methods, SIGIR 2009.
"""


class Fused(NamedTuple):
    """A thing and where it stood."""

    id: str
    score: float
    """Σ 1 / (60 + rank) over the rankings that hold it."""
    ranks: tuple[int | None, ...]
    """Its place in each ranking, from 1; None where it is absent."""


def fuse(rankings: Sequence[Sequence[str]], k: int) -> list[Fused]:
    """Returns the best `k` of all rankings, best first; equal scores keep the earlier ranking's."""
    places = [{id: rank for rank, id in enumerate(ranking, 1)} for ranking in rankings]
    every = dict.fromkeys(id for ranking in rankings for id in ranking)
    found = [
        Fused(id, _score(id, places), tuple(place.get(id) for place in places)) for id in every
    ]
    return sorted(found, key=lambda one: -one.score)[:k]


def _score(id: str, places: Sequence[dict[str, int]]) -> float:
    return sum(1 / (SMOOTHING + place[id]) for place in places if id in place)
