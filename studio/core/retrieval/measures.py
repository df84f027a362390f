"""Measures: how well passages were found for questions whose right passage is known."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from studio.domain.retrieval import Gold, Passage, RetrievalMode, RetrievalScore

DEPTH = 10
"""Passages looked at for each question."""


class Found(NamedTuple):
    """What a search gave for one question."""

    ranks: tuple[int, ...]
    """Places of the right passages among those found, from 1, ascending."""
    n_right: int
    """Right passages there are in the whole corpus."""


def is_right(start: int, end: int, gold: Gold) -> bool:
    """Says whether a stretch of the document named in `gold` holds the answer.

    It does when it overlaps the answer's place by at least half of that place, or lies wholly
    inside it: an answer may be longer than a chunk.
    """
    shared = min(end, gold.end) - max(start, gold.start)
    if shared <= 0:
        return False
    return 2 * shared >= gold.end - gold.start or (start >= gold.start and end <= gold.end)


def right_ranks(passages: Iterable[Passage], gold: Sequence[Gold]) -> tuple[int, ...]:
    """Returns the places of the right ones among the passages found, ascending."""
    return tuple(
        sorted(
            passage.rank
            for passage in passages
            if any(
                one.document_key == passage.document_key
                and is_right(passage.chunk.start, passage.chunk.end, one)
                for one in gold
            )
        )
    )


def first_rank(passages: Iterable[Passage], gold: Sequence[Gold]) -> int | None:
    """Returns the place of the first right passage, None when none was found."""
    return next(iter(right_ranks(passages, gold)), None)


def score(mode: RetrievalMode, found: Sequence[Found]) -> RetrievalScore | None:
    """Returns the measures over all questions, None when there is none.

    A question whose right passage is not in the corpus counts as a miss.
    """
    if not found:
        return None
    return RetrievalScore(
        mode=mode,
        n=len(found),
        hit_at_1=_hit(found, 1),
        hit_at_5=_hit(found, 5),
        hit_at_10=_hit(found, 10),
        mrr=_mean(1 / one.ranks[0] if _within(one, DEPTH) else 0.0 for one in found),
        ndcg_at_10=_mean(ndcg(one) for one in found),
    )


def ndcg(found: Found) -> float:
    """Returns the normalised discounted gain of the first ten: 1 when all right ones come first.

    K. Järvelin, J. Kekäläinen, Cumulated gain-based evaluation of IR techniques, TOIS 20(4), 2002,
    with passages right or wrong.
    """
    best = sum(1 / math.log2(1 + rank) for rank in range(1, min(found.n_right, DEPTH) + 1))
    got = sum(1 / math.log2(1 + rank) for rank in found.ranks if rank <= DEPTH)
    return got / best if best else 0.0


def _within(one: Found, depth: int) -> bool:
    return bool(one.ranks) and one.ranks[0] <= depth


def _hit(found: Sequence[Found], depth: int) -> float:
    return _mean(float(_within(one, depth)) for one in found)


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)
