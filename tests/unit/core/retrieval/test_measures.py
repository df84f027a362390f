"""Right passages are told from wrong ones, and the measures are those of the literature."""

from __future__ import annotations

import math

import pytest

from studio.core.retrieval.measures import Found, first_rank, is_right, ndcg, right_ranks, score
from studio.domain.retrieval import Chunk, Gold, Passage, RetrievalMode


def gold(start: int, end: int, key: str = "a.txt") -> Gold:
    return Gold(corpus_id="c", prompt_hash="h", document_key=key, start=start, end=end)


def passage(rank: int, start: int, end: int, key: str = "a.txt") -> Passage:
    chunk = Chunk(id=f"{rank}", document_id="d", position=0, start=start, end=end, text="x")
    return Passage(chunk=chunk, document_key=key, title="", rank=rank, score=0.0)


@pytest.mark.parametrize(
    ("start", "end", "right"),
    [
        (0, 200, True),  # holds it
        (100, 120, True),  # is it
        (0, 110, True),  # holds half of it
        (0, 109, False),  # holds less than half
        (111, 200, False),
        (105, 108, True),  # lies inside a longer answer
        (120, 200, False),  # begins where it ends
        (0, 100, False),
    ],
)
def test_a_chunk_is_right_when_it_holds_half_of_the_answer(
    start: int, end: int, right: bool
) -> None:
    assert is_right(start, end, gold(100, 120)) is right


def test_right_passages_are_found_in_their_own_document_only() -> None:
    found = [passage(1, 0, 50, "b.txt"), passage(2, 0, 50), passage(3, 40, 90)]
    assert right_ranks(found, [gold(42, 48)]) == (2, 3)
    assert right_ranks(found, [gold(42, 48), gold(0, 9, "b.txt")]) == (1, 2, 3)
    assert first_rank(found, [gold(42, 48)]) == 2
    assert first_rank(found, [gold(500, 510)]) is None


def test_the_measures_of_a_small_search() -> None:
    found = [Found((1,), 1), Found((3, 4), 2), Found((), 1), Found((11,), 1)]
    measured = score(RetrievalMode.HYBRID, found)
    assert measured is not None
    assert (measured.n, measured.mode) == (4, RetrievalMode.HYBRID)
    assert (measured.hit_at_1, measured.hit_at_5, measured.hit_at_10) == (0.25, 0.5, 0.5)
    assert measured.mrr == pytest.approx((1 + 1 / 3) / 4)
    gain = (1 / math.log2(4) + 1 / math.log2(5)) / (1 + 1 / math.log2(3))
    assert measured.ndcg_at_10 == pytest.approx((1 + gain) / 4)


def test_all_right_ones_first_is_a_gain_of_one() -> None:
    assert ndcg(Found((1, 2, 3), 3)) == pytest.approx(1)
    assert ndcg(Found(tuple(range(1, 11)), 40)) == pytest.approx(1)
    assert ndcg(Found((), 0)) == 0.0


def test_our_gain_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import ndcg_score

    right = [0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1]
    ranks = tuple(at for at, one in enumerate(right, 1) if one and at <= 10)
    theirs = ndcg_score([right], [list(range(len(right), 0, -1))], k=10)
    assert ndcg(Found(ranks, sum(right))) == pytest.approx(theirs)


def test_without_questions_there_is_no_measure() -> None:
    assert score(RetrievalMode.KEYWORD, []) is None
