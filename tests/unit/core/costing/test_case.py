"""The business case as a whole: its arms, the best of them, how sure it is, its warnings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.costing import arms, roi
from studio.core.costing.arms import Plan
from studio.core.costing.case import case, gathered, months_later, returns
from studio.domain.charters import Residency
from studio.domain.costing import Case, Returns
from studio.domain.ladder import Rung
from tests.unit.core.costing.situations import KNOWN, charter, edits, run, situation
from tests.unit.core.costing.test_arms import VALUES

MEASURED = [
    run(Rung.STAY, 0.5),
    run(Rung.PROMPT, 0.6, model_id="endpoint:openai/gpt-6-luna"),
    run(Rung.RAG, 0.9, model_id="endpoint:openai/gpt-6-luna"),
]


def arm(found: Case, key: str) -> Returns:
    return next(one for one in found.arms if one.arm.key == key)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 24), 12, date(2027, 11, 24)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 8, 31), 1, date(2026, 9, 30)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_months_later_is_the_same_day_or_the_last(day: date, months: int, expected: date) -> None:
    assert months_later(day, months) == expected


def test_the_best_arm_is_the_one_worth_most() -> None:
    found = case(situation(MEASURED, charter=charter(**KNOWN)), {})
    assert found.best == "rag"
    assert arm(found, "rag").npv == max(
        one.npv for one in found.arms if not one.arm.blocked_because
    )
    assert found.break_even_accuracy == pytest.approx(0.8148, abs=5e-5)


def test_cash_flow_and_formula_agree_on_the_present_value() -> None:
    found = situation(MEASURED, charter=charter(**KNOWN, horizon_months=36))
    whole = case(found, {})
    sheet, options, *_ = gathered(found, {})
    for plan, one in zip(options[1:], whole.arms[1:], strict=True):
        money = arms.money(plan, sheet.values)
        assert one.npv == pytest.approx(float(arms.present_value(money, 36, 0.10)))
        assert len(one.cash_flow) == 37
        assert one.tco == pytest.approx(one.arm.capex + sum(one.arm.opex))


def test_lines_add_up_to_capex_and_a_month() -> None:
    for one in case(situation(), {}).arms[1:]:
        once = sum(usd for title, usd in one.arm.lines if not title.startswith("A month"))
        month = sum(usd for title, usd in one.arm.lines if title.startswith("A month"))
        assert once == pytest.approx(one.arm.capex)
        assert month == pytest.approx(one.arm.opex[-1])


def test_staying_is_what_the_others_are_measured_against() -> None:
    found = case(situation(charter=charter(**KNOWN)), edits(stay__cost_month=500))
    stay = arm(found, "stay")
    assert (stay.npv, stay.payback_month, stay.break_even_requests) == (0.0, 0, 0.0)
    assert stay.tco == 500 * 12 and stay.roi is None and stay.irr_month is None
    without = case(situation(charter=charter(**KNOWN)), {})
    saved = arm(found, "prompt").npv - arm(without, "prompt").npv
    assert saved == pytest.approx(
        500 * sum(min(1, max(0, m - 0.5)) * 1.1 ** (-m / 12) for m in range(1, 13))
    )


def test_staying_is_best_when_nothing_pays() -> None:
    found = case(situation(charter=charter(**KNOWN)), {})
    assert found.best == "stay"
    assert arm(found, "prompt").payback_month is None


def test_the_break_even_volume_is_where_the_present_value_turns() -> None:
    base = situation(MEASURED, charter=charter(**KNOWN))
    volume = arm(case(base, {}), "rag").break_even_requests
    assert volume is not None and 0 < volume < 5_000
    at_it = case(base, edits(requests__month=volume))
    assert arm(at_it, "rag").npv == pytest.approx(0, abs=1)


def test_an_arm_that_answers_too_badly_breaks_even_at_no_volume() -> None:
    found = case(situation(charter=charter(**KNOWN)), {})
    assert arm(found, "prompt").break_even_requests is None


def test_a_blocked_arm_is_shown_with_its_reason_and_never_best() -> None:
    runs = [
        *MEASURED,
        run(Rung.FINE_TUNE, 0.99, model_id="endpoint:openai/ft:gpt-4.1-mini-2025-04-14:a::b"),
    ]
    found = case(situation(runs, charter=charter(**KNOWN)), {})
    hosted = arm(found, "fine_tune_hosted")
    assert "2027-01-14" in hosted.arm.blocked_because
    assert hosted.npv > arm(found, "rag").npv
    assert found.best == "rag"


def test_when_all_but_staying_is_blocked_there_still_is_a_picture() -> None:
    runs = [
        run(rung, 0.9, model_id="endpoint:openai/gpt-6-luna") for rung in (Rung.PROMPT, Rung.RAG)
    ]
    known = charter(**KNOWN, residency=Residency.ON_PREMISES)
    found = case(situation(runs, charter=known), {})
    assert arm(found, "prompt").arm.blocked_because
    assert found.best in ("stay", "fine_tune_local")
    assert found.tornado


def test_unknown_values_are_said_and_never_nought() -> None:
    found = case(situation(), {})
    assert found.break_even_accuracy is None
    said = " ".join(found.warnings)
    assert said.count("Nobody has said") == 5
    assert "prior" in said
    assert all(a.value > 0 for a in found.assumptions if a.key.startswith("answer."))


def test_old_prices_are_warned_of_only_where_the_case_rests_on_them() -> None:
    said = " ".join(case(situation(), {}).warnings)
    assert "older than 90 days" in said and "L40S" in said
    assert "EIA" not in said and "p5.48xlarge" not in said


def test_another_currency_asks_for_its_rate() -> None:
    euros = situation(charter=charter(**KNOWN, currency="EUR"))
    assert any("currency.per_usd" in warning for warning in case(euros, {}).warnings)
    put_in = case(euros, edits(currency__per_usd=0.9))
    assert not any("currency.per_usd" in warning for warning in put_in.warnings)


def test_overlap_metrics_and_budgets_are_warned_of() -> None:
    known = charter(**KNOWN, metric="token_f1", budget=Decimal(5_000))
    said = " ".join(case(situation(charter=known), {}).warnings)
    assert "overlap" in said and "more than the budget of 5,000" in said


def test_an_edit_is_shown_as_one() -> None:
    found = case(situation(charter=charter(**KNOWN)), edits(rag__score=0.95))
    row = next(a for a in found.assumptions if a.key == "rag.score")
    assert (row.value, row.edited) == (0.95, True)
    assert arm(found, "rag").arm.score == 0.95


def test_every_assumption_has_title_unit_and_source() -> None:
    for row in case(situation(MEASURED), {}).assumptions:
        assert row.title and row.unit and row.source, row.key
        assert row.low <= row.value <= row.high, row.key


def test_the_same_project_gives_the_same_case() -> None:
    assert case(situation(MEASURED), {}) == case(situation(MEASURED), {})


def test_moving_together_widens_what_may_come_out() -> None:
    found = case(situation(MEASURED, charter=charter(**KNOWN)), {})
    alone, together = found.simulation, found.correlated
    assert (alone.draws, alone.correlation, together.correlation) == (10_000, 0.0, 0.6)
    assert together.p90 - together.p10 > alone.p90 - alone.p10


def test_the_tornado_speaks_of_the_best_arm_alone() -> None:
    found = case(situation(MEASURED, charter=charter(**KNOWN)), {})
    assert found.subject == "rag"
    keys = [bar.key for bar in found.tornado]
    assert "rag.score" in keys and "prompt.score" not in keys and "labels.count" not in keys


MONEY = st.sampled_from([None, Decimal(0), Decimal("0.01"), Decimal(10_000)])


@settings(max_examples=40, deadline=None)
@given(
    success=MONEY,
    wrong=MONEY,
    unnoticed=st.sampled_from([None, 0.0, 0.05, 1.0]),
    requests=st.sampled_from([None, 0, 1, 10**7]),
    months=st.sampled_from([1, 3, 36, 120]),
    residency=st.sampled_from(Residency),
    rungs=st.sets(st.sampled_from(Rung)),
    model_id=st.sampled_from(["starter", "endpoint:openai/gpt-6-luna", "endpoint:office/q"]),
    score=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_every_charter_and_ladder_has_a_case_of_finite_numbers(
    success: Decimal | None,
    wrong: Decimal | None,
    unnoticed: float | None,
    requests: int | None,
    months: int,
    residency: Residency,
    rungs: set[Rung],
    model_id: str,
    score: float,
) -> None:
    known = charter(
        success_value=success,
        escalation_cost=wrong,
        churn_cost=wrong,
        churn_probability=unnoticed,
        requests_month=requests,
        horizon_months=months,
        residency=residency,
    )
    runs = [run(rung, score, model_id=model_id) for rung in sorted(rungs)]
    found = case(situation(runs, charter=known), {})
    assert len(found.arms) == 5
    for one in found.arms:
        assert np.isfinite([one.npv, one.tco, *one.cash_flow]).all()
        assert one.payback_month is None or one.payback_month <= months
    assert np.isfinite([found.simulation.p10, found.simulation.p90]).all()


def test_returns_of_the_reference_vector() -> None:
    values: dict[str, Any] = {
        **VALUES,
        "discount.annual": 0.10,
        "stay.score": 0.0,
        "stay.cost_month": 0.0,
        "evaluation.cost": 42_000.0,
        "engineering.day_rate": 0.0,
        "monitoring.month": 0.0,
        "prompt.usd_per_1000": 0.0,
        "prompt.months_to_live": 0.0,
        "prompt.score": 3_600 / (1_000 * 6.8),
    }
    found = returns(Plan(key="prompt", title="Vector", serving="tokens"), values, 24)
    assert found.npv == pytest.approx(36_352, abs=0.5)
    assert found.irr_month == pytest.approx(0.0681, abs=5e-5)
    assert found.mirr_month == pytest.approx(0.0345, abs=5e-5)
    assert (found.payback_month, found.discounted_payback_month) == (12, 13)
    assert found.roi == pytest.approx(1.057, abs=5e-4)
    assert np.isclose(roi.npv(roi.monthly_rate(0.10), found.cash_flow), found.npv)
