"""The formulas of an arm, by hand on round numbers and alike for draws."""

from __future__ import annotations

import numpy as np
import pytest

from studio.core.costing import arms, roi
from studio.core.costing.arms import Money, Plan

VALUES: dict[str, float] = {
    "answer.success_value": 2.0,
    "answer.escalation_cost": 4.0,
    "answer.churn_cost": 20.0,
    "answer.churn_probability": 0.05,
    "requests.month": 1_000.0,
    "stay.cost_month": 300.0,
    "labour.minutes": 0.0,
    "labour.hour": 30.0,
    "latency.value_month": 70.0,
    "evaluation.cost": 1_000.0,
    "engineering.day_rate": 800.0,
    "integration.days": 5.0,
    "labels.count": 500.0,
    "labels.unit_cost": 2.0,
    "labels.qa_share": 0.2,
    "training.examples": 1_000.0,
    "training.epochs": 3.0,
    "training.runs": 3.0,
    "tokens.in": 700.0,
    "tokens.out": 100.0,
    "hosted.training_usd_per_1m": 0.5,
    "hosted.usd_per_hour": 7.0,
    "local.train_hours": 2.0,
    "machine.usd_per_hour": 0.2,
    "gpu.usd_per_hour": 2.0,
    "serving.hours_month": 730.0,
    "monitoring.month": 200.0,
    "drift.month": 100.0,
    "rag.hosting_month": 50.0,
    "rag.eng_days": 15.0,
    "retrain.labels": 100.0,
    "retrain.days": 2.0,
    "retrain.cycle_months": 6.0,
    "prompt.score": 0.8,
    "prompt.usd_per_1000": 0.5,
    "prompt.eng_days": 5.0,
    "prompt.months_to_live": 0.5,
    "fine_tune_local.score": 0.9,
    "fine_tune_local.seconds": 2.0,
    "fine_tune_local.eng_days": 20.0,
    "fine_tune_local.months_to_live": 2.0,
    "fine_tune_hosted.score": 0.9,
    "fine_tune_hosted.eng_days": 12.0,
    "fine_tune_hosted.months_to_live": 2.0,
}
PROMPT = Plan(key="prompt", title="Prompt", serving="tokens")
LOCAL = Plan(key="fine_tune_local", title="Local", serving="machine", training="machine")
HOSTED = Plan(key="fine_tune_hosted", title="Hosted", serving="dedicated", training="provider")


def test_a_wrong_answer_costs_by_who_notices_it() -> None:
    assert arms.failure(VALUES) == pytest.approx(0.95 * 4 + 0.05 * 20)


def test_capex_is_labels_evaluation_days_and_every_training_run() -> None:
    parts = dict(arms.capex(HOSTED, VALUES))
    assert parts["Labels with their check"] == pytest.approx(500 * 2 * 1.2)
    assert parts["Engineering"] == 12 * 800
    assert parts["Integration"] == 5 * 800
    # 1,000 examples of 800 tokens, three passes: 2.4M tokens for each of three runs.
    assert parts["Training"] == pytest.approx(3 * 2.4 * 0.5)
    assert dict(arms.capex(PROMPT, VALUES)).keys() == {
        "Evaluation set",
        "Engineering",
        "Integration",
    }


def test_training_at_the_reference_size_costs_what_the_reference_says() -> None:
    for usd, total in ((5.0, 12.00), (0.48, 1.152), (0.50, 1.20)):
        given = {**VALUES, "hosted.training_usd_per_1m": usd}
        assert arms.training(HOSTED, given) == pytest.approx(total)


def test_a_month_is_answers_watching_and_a_share_of_the_next_training() -> None:
    parts = dict(arms.month(LOCAL, VALUES))
    assert parts["Machine that answers"] == pytest.approx(730 * 0.2)
    assert parts["Retraining"] == pytest.approx((2 * 0.2 + 100 * 2.4 + 2 * 800) / 6)
    assert dict(arms.month(PROMPT, VALUES))["Answers by the token"] == pytest.approx(0.5)
    assert dict(arms.month(HOSTED, VALUES))["Hosting, idle or not"] == pytest.approx(7 * 730)


def test_a_machine_that_is_full_needs_a_second_one() -> None:
    busy = {**VALUES, "requests.month": 3_600_000.0}
    assert dict(arms.month(LOCAL, busy))["Machine that answers"] == pytest.approx(2_000 * 0.2)


def test_retrieval_is_paid_for_by_a_tuned_model_that_uses_it() -> None:
    both = Plan(
        key="fine_tune_local", title="Both", serving="machine", training="machine", with_rag=True
    )
    assert dict(arms.capex(both, VALUES))["Engineering"] == (20 + 15) * 800
    assert "Keeping documents searchable" in dict(arms.month(both, VALUES))


def test_staying_without_a_model_is_worth_a_model_at_the_break_even_score() -> None:
    cost = arms.failure(VALUES)
    even = roi.break_even_accuracy(2.0, cost)
    assert even is not None
    at_even = {**VALUES, "prompt.score": even, "stay.cost_month": 0.0}
    assert arms.benefit(PROMPT, at_even) == pytest.approx(0, abs=1e-9)
    assert arms.benefit(PROMPT, {**at_even, "stay.score": even}) == pytest.approx(0, abs=1e-9)


def test_benefit_is_the_gain_in_right_answers_and_what_staying_costs() -> None:
    known = {**VALUES, "stay.score": 0.6}
    assert arms.benefit(PROMPT, known) == pytest.approx(0.2 * 1_000 * (2 + 4.8) + 300)
    # Only a tuned model answers faster.
    assert arms.benefit(LOCAL, known) == pytest.approx(0.3 * 1_000 * 6.8 + 300 + 70)


def test_minutes_of_people_count_for_right_answers() -> None:
    saved = {**VALUES, "labour.minutes": 2.0}
    more = arms.benefit(PROMPT, saved) - arms.benefit(PROMPT, VALUES)
    assert more == pytest.approx(0.8 * 1_000 * 2 / 60 * 30)


def test_costs_in_dollars_are_turned_into_the_charters_currency() -> None:
    euros = {**VALUES, "currency.per_usd": 0.5}
    for plan in (PROMPT, LOCAL, HOSTED):
        assert arms.money(plan, euros).capex == pytest.approx(arms.money(plan, VALUES).capex / 2)
        assert arms.money(plan, euros).opex == pytest.approx(arms.money(plan, VALUES).opex / 2)
        assert arms.money(plan, euros).benefit == arms.money(plan, VALUES).benefit


def test_months_before_it_answers_bring_and_cost_nothing() -> None:
    money = Money(capex=0.0, opex=0.0, benefit=1.0, delay=1.5)
    assert list(arms.live(money, 4)) == [0.0, 0.5, 1.0, 1.0]


def test_present_value_is_the_reference_vector() -> None:
    money = Money(capex=42_000.0, opex=0.0, benefit=3_600.0, delay=0.0)
    assert float(arms.present_value(money, 24, 0.10)) == pytest.approx(36_352, abs=0.5)


def test_draws_go_through_the_same_formulas_as_numbers() -> None:
    draws = {
        **VALUES,
        "requests.month": np.array([10.0, 1_000.0]),
        "prompt.score": np.array([0.5, 0.8]),
    }
    worth = arms.present_value(arms.money(PROMPT, draws), 12, np.array([0.1, 0.1]))
    alone = arms.present_value(arms.money(PROMPT, VALUES), 12, 0.1)
    assert worth.shape == (2,)
    assert worth[1] == pytest.approx(float(alone))
