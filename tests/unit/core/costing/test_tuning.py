"""The fine-tuning arms: measured where a run exists, priors by the prompted model otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from studio.core.costing.arms import Plan
from studio.core.costing.assumptions import Sheet
from studio.core.costing.situation import Situation
from studio.core.costing.tuning import at_a_provider, on_own_machines
from studio.domain.charters import Residency
from studio.domain.ladder import Rung
from tests.unit.core.costing.situations import PRICES, run, sheet, situation


def ready(found: Situation, base: float = 0.6, **values: float) -> Sheet:
    made = sheet(**values)
    for key, value in (
        ("requests.month", 10_000.0),
        ("tokens.in", 800.0),
        ("tokens.out", 150.0),
        ("training.examples", 1_000.0),
        ("training.epochs", 3.0),
        ("serving.hours_month", 730.0),
        ("prompt.score", base),
    ):
        made.add(key, key, value, "share" if key.endswith("score") else "x", "test")
    return made


def hosted(found: Situation) -> tuple[Plan, Sheet, list[Any]]:
    made = ready(found)
    plan, used = at_a_provider(made, found)
    return plan, made, used


def test_after_a_small_prompted_model_the_prior_is_nineteen_points() -> None:
    found = situation([run(Rung.PROMPT, 0.6)])
    made = ready(found)
    plan = on_own_machines(made, found)
    assert made["fine_tune_local.score"] == pytest.approx(0.79)
    assert made.row("fine_tune_local.score").low == pytest.approx(0.67)
    assert not plan.measured and "prior" in made.row("fine_tune_local.score").source


def test_after_a_large_prompted_model_the_prior_is_eight_points_and_may_be_worse() -> None:
    found = situation([run(Rung.PROMPT, 0.6, model_id="endpoint:openai/gpt-6-luna")])
    made = ready(found)
    on_own_machines(made, found)
    row = made.row("fine_tune_local.score")
    assert row.value == pytest.approx(0.68) and row.low < 0.6


def test_a_measured_fine_tune_answers_on_a_machine_like_this_one() -> None:
    tuned = run(Rung.RAG_FINE_TUNE, 0.9)
    found = replace(situation([tuned]), train_hours=0.25)
    made = ready(found)
    plan = on_own_machines(made, found)
    assert (plan.measured, plan.serving, plan.with_rag) == (True, "machine", True)
    assert made["fine_tune_local.score"] == 0.9
    assert made["local.train_hours"] == 0.25
    assert "measured" in made.row("local.train_hours").source


def test_an_unmeasured_one_answers_on_a_rented_gpu_or_an_own_one_at_home() -> None:
    for residency, word in ((Residency.ANYWHERE, "rented"), (Residency.ON_PREMISES, "own")):
        found = situation(residency=residency)
        plan = on_own_machines(ready(found), found)
        assert (plan.serving, plan.training) == ("gpu", "gpu")
        assert word in plan.title and not plan.blocked_because


def test_the_hosted_arm_takes_the_provider_that_lasts_and_says_who_does_not() -> None:
    plan, made, used = hosted(situation())
    assert plan.title == "Fine-tune at Together" and not plan.blocked_because
    assert any("2027-01-14" in warning for warning in plan.warnings)
    assert {price.provider for price in used} == {"Together"}
    assert made["hosted.usd_per_hour"] == 6.49


def test_a_tuned_model_measured_at_openai_is_blocked_by_its_end() -> None:
    model_id = "endpoint:openai/ft:gpt-4.1-mini-2025-04-14:acme::abc"
    plan, made, used = hosted(situation([run(Rung.FINE_TUNE, 0.9, model_id=model_id)]))
    assert plan.measured and plan.serving == "tokens"
    assert "2027-01-14" in plan.blocked_because
    assert made["fine_tune_hosted.usd_per_1000"] > 0
    assert {price.provider for price in used} == {"OpenAI"}


def test_the_ending_provider_may_carry_a_horizon_that_ends_first() -> None:
    plan, made, _ = hosted(situation(horizon_months=1))
    assert plan.title == "Fine-tune at OpenAI" and not plan.blocked_because
    assert plan.serving == "tokens" and made["fine_tune_hosted.usd_per_1000"] > 0


def test_a_model_measured_at_fireworks_pays_for_its_gpu() -> None:
    model_id = "endpoint:fireworks/accounts/acme/models/router"
    plan, made, used = hosted(situation([run(Rung.FINE_TUNE, 0.9, model_id=model_id)]))
    assert (plan.serving, plan.measured) == ("dedicated", True)
    assert made["hosted.usd_per_hour"] == 7.0
    assert {price.provider for price in used} == {"Fireworks"}


def test_data_that_stays_at_home_blocks_the_hosted_arm() -> None:
    plan, _, _ = hosted(situation(residency=Residency.ON_PREMISES))
    assert "own machines" in plan.blocked_because


def test_when_every_provider_has_ended_the_arm_is_blocked_not_hidden() -> None:
    only = [price for price in PRICES if price.provider == "OpenAI"]
    plan, _, _ = hosted(situation(prices=only))
    assert "2027-01-14" in plan.blocked_because
    none, made, used = hosted(situation(prices=()))
    assert "no provider" in none.blocked_because and used == []
    assert made["hosted.usd_per_hour"] > 0
