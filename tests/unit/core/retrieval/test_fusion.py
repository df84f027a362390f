"""Rankings are fused by reciprocal rank."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.retrieval.fusion import fuse

RANKINGS = st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True), min_size=1, max_size=3)


def test_the_score_is_the_sum_of_reciprocal_ranks() -> None:
    first, second, third = fuse([["a", "b"], ["b", "c"]], 10)
    assert (first.id, first.ranks) == ("b", (2, 1))
    assert first.score == pytest.approx(1 / 62 + 1 / 61)
    assert (second.id, second.ranks, second.score) == ("a", (1, None), pytest.approx(1 / 61))
    assert (third.id, third.ranks) == ("c", (None, 2))


def test_equal_scores_keep_the_order_of_the_earlier_ranking() -> None:
    assert [one.id for one in fuse([["a"], ["b"]], 2)] == ["a", "b"]


def test_only_the_best_are_given() -> None:
    assert [one.id for one in fuse([list("abcd")], 2)] == ["a", "b"]
    assert fuse([[], []], 3) == []


@given(RANKINGS)
def test_what_stands_first_everywhere_stands_first(rankings: list[list[str]]) -> None:
    together = fuse([["z", *ranking] for ranking in rankings], 1)
    assert together[0].id == "z"


@given(RANKINGS)
def test_nothing_is_lost_or_doubled(rankings: list[list[str]]) -> None:
    found = [one.id for one in fuse(rankings, 100)]
    assert sorted(found) == sorted({id for ranking in rankings for id in ranking})
