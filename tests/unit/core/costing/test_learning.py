"""Learning from errors: records by family, a factor that does not undo itself."""

from __future__ import annotations

import pytest

from studio.core.costing import learning
from studio.domain.costing import Estimate
from studio.domain.values import new_id, now


def ended(mid: float, actual: float | None, *, factor: float = 1.0) -> Estimate:
    return Estimate(
        id=new_id("estimate"),
        project_id="project_1",
        kind="seconds",
        subject="job",
        subject_id=new_id("job"),
        family="local/lora/small",
        low=mid / 1.5,
        mid=mid,
        high=mid * 1.5,
        basis="a prior",
        factor=factor,
        actual=actual,
        created_at=now(),
    )


def test_the_record_of_a_family_says_how_far_off_it_was() -> None:
    (record,) = learning.records([ended(100, 80), ended(100, 100), ended(100, 200)])
    assert record.n == 3
    assert record.mape == pytest.approx((0.25 + 0 + 0.5) / 3)
    assert record.bias == pytest.approx((0.25 + 0 - 0.5) / 3)
    assert record.within == pytest.approx(2 / 3)
    assert record.factor == 1.0


def test_open_estimates_teach_nothing() -> None:
    assert learning.records([ended(100, None)]) == []


def test_the_next_estimate_is_multiplied_with_the_median_error() -> None:
    known = [ended(100, 120), ended(100, 150), ended(100, 130)]
    assert learning.factor(known, "seconds", "local/lora/small") == pytest.approx(1.3)


def test_two_runs_are_not_believed() -> None:
    assert learning.factor([ended(100, 150)] * 2, "seconds", "local/lora/small") == 1.0


def test_a_correction_stays_within_its_bounds() -> None:
    assert learning.factor([ended(1, 90)] * 3, "seconds", "local/lora/small") == learning.MOST
    assert learning.factor([ended(90, 1)] * 3, "seconds", "local/lora/small") == learning.LEAST


def test_a_correction_that_works_does_not_undo_itself() -> None:
    raw = [ended(100, 150) for _ in range(3)]
    told = [ended(150, 150, factor=1.5) for _ in range(5)]
    assert learning.factor([*raw, *told], "seconds", "local/lora/small") == pytest.approx(1.5)


def test_other_families_teach_nothing() -> None:
    assert learning.factor([ended(100, 150)] * 3, "seconds", "local/qlora/small") == 1.0


def test_a_correction_is_said_in_words() -> None:
    assert learning.words(4, 1.25) == "times 1.25, learnt from 4 earlier estimates"
    assert learning.words(4, 1.0) == ""
