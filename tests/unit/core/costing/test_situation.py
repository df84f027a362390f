"""Places that end or lie outside are refused with the reason; unknown prices are said."""

from __future__ import annotations

from datetime import date

import pytest

from studio.core.costing.arms import Plan
from studio.core.costing.assumptions import Sheet
from studio.core.costing.situation import add_score, add_seconds, answered, lifted
from studio.domain.charters import Residency
from studio.domain.ladder import Rung
from tests.unit.core.costing.situations import run, sheet, situation

PLAN = Plan(key="prompt", title="Prompt it", serving="tokens")


def sized(**values: float) -> Sheet:
    made = sheet(**values)
    made.add("tokens.in", "In", 800, "tokens", "x")
    made.add("tokens.out", "Out", 150, "tokens", "x")
    made.add("rag.tokens_passages", "Passages", 1_000, "tokens", "x")
    return made


def test_a_place_that_ends_before_the_horizon_is_blocked() -> None:
    found = situation(horizon_months=3)
    assert "2027-01-14" in found.blocked(date(2027, 1, 14), "OpenAI")
    assert found.blocked(date(2027, 2, 24), "OpenAI") == ""
    assert found.blocked(None, "OpenAI") == ""


def test_data_that_stays_at_home_blocks_every_foreign_place() -> None:
    found = situation(residency=Residency.ON_PREMISES)
    assert "own machines" in found.blocked(None, "OpenAI")


def test_a_model_at_an_endpoint_costs_its_tokens() -> None:
    made = sized()
    plan = answered(made, situation(), PLAN, "endpoint:openai/gpt-6-luna", None)
    assert (plan.serving, plan.blocked_because) == ("tokens", "")
    assert made["prompt.usd_per_1000"] == pytest.approx(0.8 * 0.10 + 0.15 * 0.50)


def test_a_model_that_its_maker_retires_is_blocked_with_the_day() -> None:
    plan = answered(sized(), situation(), PLAN, "endpoint:openai/gpt-5-mini", None)
    assert "gpt-5-mini is switched off on 2026-12-11" in plan.blocked_because


def test_measured_prompts_are_priced_at_their_own_size() -> None:
    made, model_id = sized(), "endpoint:openai/gpt-6-luna"
    measured = Plan(key="rag", title="RAG", serving="tokens", measured=True, with_rag=True)
    answered(made, situation(), measured, model_id, run(Rung.RAG, 0.7, prompt_tokens=2_000.0))
    assert made["rag.usd_per_1000"] == pytest.approx(2.0 * 0.10 + 0.15 * 0.50)
    guessed = sized()
    answered(
        guessed,
        situation(),
        Plan(key="rag", title="R", serving="tokens", with_rag=True),
        model_id,
        None,
    )
    assert guessed["rag.usd_per_1000"] == pytest.approx(1.8 * 0.10 + 0.15 * 0.50)


def test_an_unknown_price_is_said_and_a_judgement_stands_in_for_it() -> None:
    made = sized()
    plan = answered(made, situation(), PLAN, "endpoint:office/qwen", None)
    assert "judgement" in made.row("prompt.usd_per_1000").source
    assert "put yours in" in plan.warnings[0]
    edited = sized(prompt__usd_per_1000=0.2)
    assert answered(edited, situation(), PLAN, "endpoint:office/qwen", None).warnings == ()


def test_a_model_of_this_machine_costs_its_time() -> None:
    made = sized()
    plan = answered(made, situation(), PLAN, "starter", run(Rung.PROMPT, 0.5), slower=1.5)
    assert plan.serving == "machine"
    assert made["prompt.seconds"] == pytest.approx(2.25)
    assert "measured" in made.row("prompt.seconds").source


def test_unmeasured_time_is_a_judgement() -> None:
    made = sized()
    add_seconds(made, "prompt", None)
    assert "judgement" in made.row("prompt.seconds").source


def test_a_measured_score_replaces_the_prior() -> None:
    made = sized()
    add_score(made, "prompt", "prompted", run(Rung.PROMPT, 0.5), (0.1, 0.2, 0.3), "prior: x")
    assert made["prompt.score"] == 0.5 and "measured" in made.row("prompt.score").source
    prior = sized()
    add_score(prior, "prompt", "prompted", None, (0.1, 0.2, 0.3), "prior: x")
    assert prior.row("prompt.score").source.startswith("prior")


def test_a_prior_never_promises_perfection_nor_less_than_prompting_has() -> None:
    for base, best in ((0.9, 0.98), (0.99, 0.99)):
        made = sized()
        made.add("prompt.score", "S", base, "share", "x")
        assert lifted(made, (0.07, 0.19, 0.51))[1] == best
