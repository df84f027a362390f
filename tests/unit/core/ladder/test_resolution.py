from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.evaluation.statistics import newcombe_paired
from studio.core.ladder.resolution import examples_for, examples_to_tell, half_width


@pytest.mark.parametrize("n, points", [(20, 17.5), (50, 11.1), (100, 7.8), (200, 5.5), (400, 3.9)])
def test_the_half_width_has_the_published_values(n: int, points: float) -> None:
    assert round(100 * half_width(n), 1) == points


def test_nothing_measured_tells_nothing() -> None:
    assert half_width(0) == half_width(-3) == 1.0


@given(st.floats(0.01, 0.3), st.floats(0.05, 0.95))
def test_so_many_examples_give_the_width_that_was_asked_for(width: float, share: float) -> None:
    n = examples_for(width, share)
    assert half_width(n, share) <= width * (1 + 1e-9)
    assert n == 1 or half_width(n - 1, share) > width


def test_a_smaller_difference_needs_more_examples() -> None:
    wide = newcombe_paired(60, 12, 8, 20)
    needed = examples_to_tell(100, wide.value, wide.low, wide.high)
    assert needed is not None
    assert 800 < needed < 1200
    assert examples_to_tell(100, 0.0, -0.1, 0.1) is None
