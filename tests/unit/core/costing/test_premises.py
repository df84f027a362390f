"""What the client states is taken, what nobody knows is named and guessed, never nought."""

from __future__ import annotations

from decimal import Decimal

import pytest

from studio.core.costing import premises
from studio.domain.charters import UseCase
from studio.domain.ladder import Rung
from tests.unit.core.costing.situations import KNOWN, PRICES, charter, run, sheet


def test_what_the_client_states_is_taken_with_its_source() -> None:
    made = sheet()
    assert premises.add_client(made, charter(**KNOWN)) == []
    row = made.row("answer.churn_cost")
    assert (row.value, row.source, row.unit) == (1_000, "charter", "USD")


def test_what_nobody_states_is_named_and_stands_in_as_a_judgement() -> None:
    made = sheet()
    missing = premises.add_client(made, charter(success_value=Decimal(5)))
    assert len(missing) == 4 and "Requests a month" in missing
    assert "judgement" in made.row("requests.month").source
    assert made["requests.month"] > 0


def test_the_break_even_score_is_known_only_with_all_four_values() -> None:
    whole = sheet()
    premises.add_client(whole, charter(**KNOWN))
    assert premises.add_today(whole, charter(**KNOWN), None) == pytest.approx(0.8148, abs=5e-5)
    part = charter(**{**KNOWN, "churn_cost": None})
    lacking = sheet()
    premises.add_client(lacking, part)
    assert premises.add_today(lacking, part, None) is None
    edited = sheet(answer__churn_cost=1_000)
    premises.add_client(edited, part)
    assert premises.add_today(edited, part, None) == pytest.approx(0.8148, abs=5e-5)


def test_requests_are_not_needed_for_the_break_even_score() -> None:
    made, known = sheet(), charter(**{**KNOWN, "requests_month": None})
    premises.add_client(made, known)
    assert premises.add_today(made, known, None) is not None


def test_todays_score_is_measured_or_follows_from_the_break_even() -> None:
    made = sheet()
    premises.add_client(made, charter(**KNOWN))
    premises.add_today(made, charter(**KNOWN), run(Rung.STAY, 0.55))
    assert made.values["stay.score"] == 0.55
    without = sheet()
    premises.add_client(without, charter(**KNOWN))
    premises.add_today(without, charter(**KNOWN), None)
    assert "stay.score" not in without.values
    assert without["stay.score"] == pytest.approx(0.8148, abs=5e-5)


def test_tokens_are_stated_else_measured_else_guessed() -> None:
    stated, measured, guessed = sheet(), sheet(), sheet()
    premises.add_sizes(stated, charter(tokens_in=900), run(Rung.PROMPT, 0.5))
    premises.add_sizes(measured, charter(), run(Rung.PROMPT, 0.5))
    premises.add_sizes(guessed, charter(), None)
    assert (stated["tokens.in"], stated["tokens.out"]) == (900, 12)
    assert measured["tokens.in"] == 300
    assert "judgement" in guessed.row("tokens.in").source


@pytest.mark.parametrize(
    ("use_case", "low", "high"),
    [
        (UseCase.CLASSIFICATION, 0.05, 0.15),
        (UseCase.EXTRACTION, 0.15, 0.4),
        (UseCase.LEGAL, 5, 20),
        (UseCase.SUPPORT, 0.5, 6),
    ],
)
def test_labels_cost_what_the_task_takes(use_case: UseCase, low: float, high: float) -> None:
    made = sheet()
    used = premises.add_work(made, charter(use_case=use_case), PRICES, None)
    row = made.row("labels.unit_cost")
    assert (row.low, row.high) == (low, high)
    assert any(price.id in row.source for price in used)


def test_examples_there_are_need_not_be_bought() -> None:
    made = sheet()
    premises.add_work(made, charter(use_case=UseCase.CLASSIFICATION), PRICES, 600)
    assert (made["training.examples"], made["labels.count"]) == (700, 100)
    enough = sheet()
    premises.add_work(enough, charter(use_case=UseCase.CLASSIFICATION), PRICES, 9_000)
    assert enough["labels.count"] == 0


def test_at_least_three_training_runs_are_reckoned_with() -> None:
    made = sheet()
    premises.add_work(made, charter(), PRICES, None)
    assert made.row("training.runs").low >= 3


def test_another_currency_brings_its_rate() -> None:
    made = sheet()
    premises.add_work(made, charter(currency="EUR"), PRICES, None)
    assert made.row("currency.per_usd").unit == "EUR"
    dollars = sheet()
    premises.add_work(dollars, charter(), PRICES, None)
    assert "currency.per_usd" not in dollars.values


def test_without_a_price_table_there_are_judgements() -> None:
    made = sheet()
    assert premises.add_work(made, charter(), [], None) == []
    assert made["engineering.day_rate"] > 0 and made["labels.unit_cost"] > 0
