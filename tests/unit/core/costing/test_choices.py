"""Five arms, always: what was measured stands for itself, the newest cheap model for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from studio.core.costing import premises
from studio.core.costing.arms import Plan
from studio.core.costing.assumptions import Sheet
from studio.core.costing.choices import plans
from studio.core.costing.machines import add_gpu, add_machine
from studio.domain.charters import Residency
from studio.domain.ladder import Rung, RungRun
from tests.unit.core.costing.situations import PRICES, run, sheet, situation


def laid_out(runs: Sequence[RungRun] = (), **changes: Any) -> tuple[dict[str, Plan], Sheet]:
    found, made = situation(runs, **changes), sheet()
    premises.add_client(made, found.charter)
    premises.add_today(made, found.charter, found.best.get("stay"))
    premises.add_sizes(made, found.charter, found.best.get("prompt"))
    premises.add_work(made, found.charter, PRICES, None)
    add_machine(made, PRICES)
    add_gpu(made, PRICES, own=found.at_home)
    arms, _ = plans(made, found)
    return {plan.key: plan for plan in arms}, made


def test_there_are_five_arms_whatever_was_measured() -> None:
    keys = ["stay", "prompt", "rag", "fine_tune_local", "fine_tune_hosted"]
    assert list(laid_out()[0]) == keys
    assert list(laid_out([run(Rung.PROMPT, 0.5)])[0]) == keys


def test_the_newest_cheap_model_is_always_compared() -> None:
    arms, made = laid_out()
    assert arms["prompt"].title == "Prompt gpt-6-luna"
    assert not arms["prompt"].measured and not arms["prompt"].blocked_because
    assert made["prompt.score"] == 0.66
    assert made["rag.score"] == pytest.approx(0.71)


def test_measured_arms_carry_their_scores_and_models() -> None:
    runs = [
        run(Rung.STAY, 0.4),
        run(Rung.FEW_SHOT, 0.5),
        run(Rung.RAG, 0.7, model_id="endpoint:openai/gpt-6-luna"),
    ]
    arms, made = laid_out(runs)
    assert arms["stay"].measured and arms["prompt"].measured and arms["rag"].measured
    assert (arms["prompt"].serving, arms["rag"].serving) == ("machine", "tokens")
    assert (made["stay.score"], made["prompt.score"], made["rag.score"]) == (0.4, 0.5, 0.7)


def test_unmeasured_retrieval_uses_the_model_that_was_prompted() -> None:
    arms, made = laid_out([run(Rung.PROMPT, 0.5)])
    assert arms["rag"].title == "Retrieval with starter"
    assert arms["rag"].serving == "machine" and not arms["rag"].measured
    assert made["rag.seconds"] == pytest.approx(1.5 * 1.5)


def test_data_that_stays_at_home_prompts_an_open_model_on_an_own_gpu() -> None:
    arms, made = laid_out(residency=Residency.ON_PREMISES)
    assert arms["prompt"].serving == arms["rag"].serving == "gpu"
    assert not arms["prompt"].blocked_because and arms["fine_tune_hosted"].blocked_because
    assert made["prompt.score"] == 0.55


def test_a_hosted_model_measured_for_a_client_that_stays_at_home_is_blocked() -> None:
    measured = [run(Rung.PROMPT, 0.8, model_id="endpoint:openai/gpt-6-luna")]
    arms, _ = laid_out(measured, residency=Residency.ON_PREMISES)
    assert "own machines" in arms["prompt"].blocked_because
