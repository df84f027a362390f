import random

import pytest

from studio.core.evaluation.rates import newcombe_independent
from studio.core.evaluation.statistics import wilson
from studio.domain.errors import InvalidInput


@pytest.mark.parametrize(
    "counts, low, high",
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((10, 10, 0, 20), 0.6791, 1.0),
        ((0, 10, 0, 20), -0.1611, 0.2775),
    ],
)
def test_intervals_are_newcombes_own(
    counts: tuple[int, int, int, int], low: float, high: float
) -> None:
    found = newcombe_independent(*counts)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_an_arm_without_observations_leaves_everything_possible() -> None:
    assert tuple(newcombe_independent(3, 9, 0, 0)) == (0.0, -1.0, 1.0)


def test_the_other_way_round_is_the_same_with_the_other_sign() -> None:
    ours, theirs = newcombe_independent(8, 30, 3, 50), newcombe_independent(3, 50, 8, 30)
    assert tuple(ours) == pytest.approx((-theirs.value, -theirs.high, -theirs.low))


def test_about_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    draw = random.Random(4)
    held = 0
    for _ in range(800):
        k1, k2 = (sum(draw.random() < p for _ in range(40)) for p in (0.3, 0.2))
        interval = newcombe_independent(k1, 40, k2, 40)
        held += interval.low <= 0.1 <= interval.high
    assert wilson(held, 800)[1] > 0.94


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(InvalidInput):
        newcombe_independent(5, 4, 1, 9)
