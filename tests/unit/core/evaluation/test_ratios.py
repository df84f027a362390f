import random
from math import inf, nan

import pytest

from studio.core.evaluation.ratios import bootstrap_ratio, mean, p95
from studio.domain.errors import InvalidInput


def test_p95_is_a_value_that_was_seen() -> None:
    assert p95([float(n) for n in range(1, 101)]) == 95
    assert p95([3.0]) == 3.0
    assert p95([2.0, 1.0]) == 2.0


def test_the_same_times_have_a_ratio_of_one_without_doubt() -> None:
    draw = random.Random(1)
    times = [draw.expovariate(1) for _ in range(60)]
    assert tuple(bootstrap_ratio(times, times, p95)) == (1.0, 1.0, 1.0)


def test_pairs_are_drawn_together() -> None:
    draw = random.Random(2)
    times = [draw.expovariate(1) for _ in range(60)]
    slower = [1.5 * time for time in times]
    assert tuple(bootstrap_ratio(slower, times, mean)) == pytest.approx((1.5, 1.5, 1.5))


def test_the_bound_holds_the_truth_about_nineteen_times_in_twenty() -> None:
    draw = random.Random(3)
    held = 0
    for seed in range(120):
        tops, bottoms = ([draw.uniform(0.5, 1.5) * f for _ in range(60)] for f in (1.2, 1.0))
        held += bootstrap_ratio(tops, bottoms, mean, draws=200, seed=seed).high >= 1.2
    assert held >= 0.88 * 120


def test_the_same_seed_gives_the_same_bounds() -> None:
    tops, bottoms = [1.0, 2.0, 5.0, 9.0], [2.0, 2.0, 3.0, 4.0]
    once, again, other = (bootstrap_ratio(tops, bottoms, mean, seed=s, draws=99) for s in (1, 1, 2))
    assert once == again
    assert once != other


def test_nothing_over_nothing_is_one_and_something_over_nothing_has_no_bound() -> None:
    assert tuple(bootstrap_ratio([0.0, 0.0], [0.0, 0.0], mean)) == (1.0, 1.0, 1.0)
    assert bootstrap_ratio([1.0, 1.0], [0.0, 0.0], mean).high == inf


@pytest.mark.parametrize("tops, bottoms", [([], []), ([1.0], []), ([nan], [1.0]), ([-1.0], [1.0])])
def test_what_is_no_pair_of_times_is_refused(tops: list[float], bottoms: list[float]) -> None:
    with pytest.raises(InvalidInput):
        bootstrap_ratio(tops, bottoms, mean)
