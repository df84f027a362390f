"""Returns on the reference's test vectors, and the answers there are when there is no answer."""

from __future__ import annotations

import pytest

from studio.core.costing import roi

RATE = roi.monthly_rate(0.10)
FLOW = [-42_000.0] + [3_600.0] * 24


def test_break_even_accuracy_of_the_published_table() -> None:
    failure = roi.failure_cost(escalation=40, churn=1000, unnoticed=0.05)
    assert failure == pytest.approx(88)
    assert roi.break_even_accuracy(20, failure) == pytest.approx(0.8148, abs=5e-5)


def test_answers_worth_nothing_have_no_break_even() -> None:
    assert roi.break_even_accuracy(0, 0) is None


def test_a_year_of_monthly_rates_is_the_annual_rate() -> None:
    assert pytest.approx(0.0079741, abs=5e-8) == RATE
    assert pytest.approx(1.10) == (1 + RATE) ** 12


def test_present_value_of_the_reference() -> None:
    assert roi.npv(RATE, FLOW) == pytest.approx(36_352, abs=0.5)


def test_rates_of_return_of_the_reference() -> None:
    assert roi.irr(FLOW) == pytest.approx(0.0681, abs=5e-5)
    assert roi.mirr(FLOW, RATE) == pytest.approx(0.0345, abs=5e-5)


def test_paybacks_of_the_reference() -> None:
    assert roi.payback(FLOW) == 12
    assert roi.payback(FLOW, RATE) == 13


def test_roi_of_the_reference() -> None:
    assert roi.roi(3_600 * 24, 42_000) == pytest.approx(1.057, abs=5e-4)
    assert roi.roi(10, 0) is None


@pytest.mark.parametrize("flow", [[1.0, 2.0], [-1.0, -2.0], [-1.0, 3.0, -2.0], [0.0, 0.0]], ids=str)
def test_irr_is_withheld_unless_the_sign_changes_once(flow: list[float]) -> None:
    assert roi.irr(flow) is None


def test_mirr_needs_money_both_ways() -> None:
    assert roi.mirr([-1.0, -2.0], RATE) is None
    assert roi.mirr([-10.0, 30.0, -2.0], RATE) is not None


@pytest.mark.parametrize("months", [1, 12, 40, 41, 120])
def test_irr_makes_the_present_value_nought_over_any_horizon(months: int) -> None:
    flow = [-1_000.0] + [1_500.0 / months] * months
    rate = roi.irr(flow)
    assert rate is not None
    assert roi.npv(rate, flow) == pytest.approx(0, abs=1e-6)


def test_a_project_that_loses_money_has_a_negative_irr() -> None:
    rate = roi.irr([-1_000.0] + [40.0] * 20)
    assert rate is not None and rate < 0


def test_payback_can_be_never_and_can_be_at_once() -> None:
    assert roi.payback([-100.0, 10.0, 10.0]) is None
    assert roi.payback([0.0, -5.0]) == 0


def test_break_even_volume_is_where_the_value_turns() -> None:
    assert roi.break_even_volume(lambda n: 0.5 * n - 1_000) == pytest.approx(2_000)
    assert roi.break_even_volume(lambda n: 0.5 * n - 0.2) == pytest.approx(0.4)


def test_there_may_be_no_break_even_volume_or_none_needed() -> None:
    assert roi.break_even_volume(lambda n: -n - 1) is None
    assert roi.break_even_volume(lambda n: 5.0) == 0.0
