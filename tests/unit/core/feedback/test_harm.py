import random
from math import isfinite

import pytest

from studio.core.feedback.harm import e_value, pairs
from studio.domain.errors import InvalidInput


@pytest.mark.parametrize(
    "harm, help, value",
    [
        (0, 0, 1.0),
        (5, 1, 2.857),
        (10, 2, 9.44),
        (15, 3, 33.74),
        (20, 5, 48.52),
        (10, 10, 0.270),
        (6, 0, 18.14),
        (7, 0, 31.875),
    ],
)
def test_evidence_has_the_published_values(harm: int, help: int, value: float) -> None:
    assert e_value(harm, help) == pytest.approx(value, rel=2e-3)


def test_seven_pairs_are_the_earliest_rollback() -> None:
    assert min(n for n in range(20) if e_value(n, 0) >= 20) == 7


def test_evidence_is_the_integral_it_is_said_to_be() -> None:
    steps = 20_000
    for harm, help in ((3, 1), (12, 7), (30, 30)):
        mids = (0.5 + (at + 0.5) / (2 * steps) for at in range(steps))
        integral = sum(2 * t**harm * (1 - t) ** help for t in mids) / (2 * steps)
        assert e_value(harm, help) == pytest.approx(2 ** (harm + help) * integral, rel=1e-5)


def test_evidence_is_a_martingale_where_both_are_equally_good() -> None:
    for harm, help in ((0, 0), (4, 2), (9, 30), (200, 150)):
        after = (e_value(harm + 1, help) + e_value(harm, help + 1)) / 2
        assert after == pytest.approx(e_value(harm, help), rel=1e-12)


def test_evidence_grows_with_harm_and_falls_with_help() -> None:
    for n in range(0, 60, 7):
        for m in range(0, 60, 7):
            assert e_value(n + 1, m) > e_value(n, m) > e_value(n, m + 1)


@pytest.mark.parametrize("harm, help", [(1030, 0), (0, 1030), (1200, 1100), (5000, 0), (0, 5000)])
def test_many_pairs_do_not_overflow(harm: int, help: int) -> None:
    assert isfinite(e_value(harm, help))


def test_counts_below_nothing_are_refused() -> None:
    with pytest.raises(InvalidInput):
        e_value(-1, 3)


def test_the_kth_thumb_of_one_arm_meets_the_kth_of_the_other() -> None:
    assert pairs([True, True, False, True], [False, True, True]) == (1, 1)
    assert pairs([True] * 9, []) == (0, 0)


def test_a_pair_once_made_stays() -> None:
    ours, theirs = [True, True, True], [False, False]
    before = pairs(ours, theirs)
    assert pairs([*ours, False, False], theirs) == before


def test_a_healthy_candidate_is_taken_back_at_most_once_in_twenty() -> None:
    draw = random.Random(11)
    assert sum(ever_taken_back(draw, 0.8, 0.8, 300) for _ in range(400)) <= 0.05 * 400


def test_a_harmful_candidate_is_taken_back() -> None:
    draw = random.Random(12)
    assert sum(ever_taken_back(draw, 0.8, 0.5, 300) for _ in range(50)) >= 48


def ever_taken_back(draw: random.Random, ours: float, theirs: float, thumbs: int) -> bool:
    """Looks after every pair, as the monitor may."""
    harm = help = 0
    for _ in range(thumbs):
        liked, also = draw.random() < ours, draw.random() < theirs
        harm, help = harm + (liked and not also), help + (also and not liked)
        if e_value(harm, help) >= 20:
            return True
    return False
