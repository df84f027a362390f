"""Percentiles are met, seeds decide everything, and moving together widens the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from studio.core.costing.assumptions import SHARE
from studio.core.costing.simulation import corners, quantiles, simulate, tornado
from studio.domain.costing import Assumption

NORMAL = np.random.default_rng(1).standard_normal(200_000)


def row(key: str, low: float, value: float, high: float, unit: str = "USD") -> Assumption:
    return Assumption(
        key=key, title=key.upper(), value=value, low=low, high=high, unit=unit, source="test"
    )


TWO = [row("a", 5, 10, 20), row("b", 50, 100, 200)]
START = {"a": 10.0, "b": 100.0, "c": 3.0}


def total(values: Mapping[str, Any]) -> Any:
    return values["a"] * values["c"] + values["b"] - 100


@pytest.mark.parametrize(
    "drawn",
    [
        row("even", 5, 10, 20),
        row("skewed", 9, 10, 40),
        row("share", 0.4, 0.66, 0.85, SHARE),
        row("narrow", 0.61, 0.65, 0.70, SHARE),
    ],
    ids=lambda drawn: drawn.key,
)
def test_one_draw_in_ten_lies_beyond_each_percentile(drawn: Assumption) -> None:
    found = quantiles(drawn, NORMAL)
    low, high = np.percentile(found, (10, 90))
    assert low == pytest.approx(drawn.low, rel=0.01)
    assert high == pytest.approx(drawn.high, rel=0.01)


def test_even_ranges_are_lognormal_and_never_negative() -> None:
    found = quantiles(row("even", 5, 10, 20), NORMAL)
    assert found.min() > 0
    assert np.median(found) == pytest.approx(10, rel=0.01)


def test_shares_stay_between_none_and_all() -> None:
    found = quantiles(row("share", 0.6, 0.9, 0.99, SHARE), NORMAL)
    assert found.min() >= 0 and found.max() <= 1


def test_a_best_guess_at_the_end_of_its_range_is_the_end() -> None:
    found = quantiles(row("end", 240, 730, 730), NORMAL)
    assert found.max() <= 730
    assert np.percentile(found, 10) == pytest.approx(240, rel=0.02)


def test_the_triangle_of_percentiles_is_exact() -> None:
    # P10 and P90 of the triangle 0, 5, 10 are sqrt(5) and its mirror image.
    least, most = corners(5**0.5, 5.0, 10 - 5**0.5)
    assert (least, most) == (pytest.approx(0, abs=1e-9), pytest.approx(10))


def test_the_tornado_shows_the_widest_first_and_leaves_out_what_moves_nothing() -> None:
    bars = tornado([*TWO, row("idle", 1, 2, 3)], {**START, "idle": 2.0}, total)
    assert [bar.key for bar in bars] == ["b", "a"]
    assert (bars[0].low_npv, bars[0].high_npv) == (-20.0, 130.0)


def test_equal_seeds_give_equal_results_and_others_do_not() -> None:
    first, again = (simulate(TWO, START, total) for _ in range(2))
    assert first == again
    assert simulate(TWO, START, total, seed=7).p50 != first.p50


def test_the_simulation_reports_spread_and_chance_of_loss() -> None:
    found = simulate(TWO, START, total)
    assert found.draws == 10_000
    assert found.p10 < found.p50 < found.p90
    assert 0 < found.probability_of_loss < 0.5
    assert sum(count for _, count in found.histogram) == 10_000
    assert len(found.histogram) == 40


def test_moving_together_widens_and_moving_apart_narrows_the_spread() -> None:
    def width(together: Mapping[str, float]) -> float:
        found = simulate(TWO, START, total, together=together, correlation=0.8)
        return found.p90 - found.p10

    alone = width({})
    assert width({"a": 1.0, "b": 1.0}) > alone > width({"a": 1.0, "b": -1.0})


def test_correlation_leaves_each_assumption_as_it_is() -> None:
    def only_b(values: Mapping[str, Any]) -> Any:
        return values["b"]

    found = simulate(TWO, START, only_b, together={"a": 1.0, "b": 1.0}, correlation=0.8)
    assert found.p10 == pytest.approx(50, rel=0.05)
    assert found.p90 == pytest.approx(200, rel=0.05)


def test_nothing_uncertain_is_one_value() -> None:
    found = simulate([], START, total)
    assert (found.p10, found.p90, found.probability_of_loss) == (30.0, 30.0, 0.0)
    assert found.histogram == ((30.0, 10_000),)
