from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from studio.domain.charters import Charter, Residency
from studio.domain.costing import Figure, MemoryEstimate, MethodOption
from studio.domain.errors import InvalidInput
from studio.domain.ladder import FailureKind, Rung, RungSetup
from studio.services.ladder_facts import break_even, cost_of_failure, months_later
from tests.fakes.ladder import LadderBench
from tests.unit.store import samples

PROMPT = RungSetup(rung=Rung.PROMPT, model_id="small")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[LadderBench]:
    made = LadderBench(tmp_path)
    yield made
    made.close()


def option(method: str, total: int, available: int | None, verdict: str) -> MethodOption:
    unknown = Figure(unit="s", basis="unknown")
    return MethodOption(
        backend="local",
        method=method,
        model="small",
        device="GPU",
        memory=MemoryEstimate(
            terms=(), total=total, context=0, verdict=verdict, available=available
        ),
        duration=unknown,
        training_cost=unknown,
        serving_cost_month=unknown,
    )


def test_a_fresh_project_knows_that_it_has_no_metric_and_no_examples(bench: LadderBench) -> None:
    facts = bench.service.facts("project_1")
    assert (facts.metric_defined, facts.eval_n) == (False, 0)
    unknown = (facts.baseline_score, facts.kb_tokens, facts.residency, facts.sft_done)
    assert unknown == (None,) * 4


def test_charter_suite_and_documents_are_facts(bench: LadderBench) -> None:
    bench.suite(limit=25)
    bench.documents()
    charter = bench.charters.get("project_1")
    bench.charters.save(
        charter.with_(
            metric="exact_match",
            target=0.9,
            residency=Residency.ON_PREMISES,
            requests_month=1000,
            p95_ms=800,
            budget=Decimal(5000),
            success_value=Decimal(20),
            escalation_cost=Decimal(40),
            churn_cost=Decimal(1000),
            churn_probability=0.05,
        )
    )
    facts = bench.service.facts("project_1")
    assert (facts.metric_defined, facts.target_score, facts.eval_n) == (True, 0.9, 25)
    assert (facts.n_labelled, facts.labels) == (30, None)
    assert (facts.residency, facts.p95_ms, facts.requests_month) == ("on_premises", 800, 1000)
    assert facts.break_even_accuracy == pytest.approx(0.8148, abs=1e-4)
    assert (facts.cost_failure, facts.gain_success, facts.budget_usd) == (88.0, 20.0, 5000.0)
    assert facts.kb_tokens is not None and facts.kb_tokens > 500
    assert facts.horizon_months == 12


def test_a_budget_in_another_currency_is_no_budget_in_dollars(bench: LadderBench) -> None:
    charter = bench.charters.get("project_1")
    bench.charters.save(charter.with_(budget=Decimal(5000), currency="EUR"))
    assert bench.service.facts("project_1").budget_usd is None


def test_measurements_and_labels_are_facts(bench: LadderBench) -> None:
    bench.agree()
    bench.suite()
    bench.service.open()
    run = bench.measured(PROMPT)
    for n, kind in ((1, FailureKind.CONTEXT), (3, FailureKind.CONTEXT), (5, FailureKind.BEHAVIOUR)):
        bench.service.label(run.id, f"example_{n:02}", kind)
    facts = bench.service.facts("project_1")
    assert (facts.baseline_score, facts.fewshot_tried) == (0.0, False)
    assert (facts.n_failures_labelled, facts.pct_capability) == (3, 0.0)
    assert facts.pct_context == pytest.approx(2 / 3)
    assert (facts.tok_in, facts.tok_out) == (7, 2)
    assert facts.cheapest_prompted_passes is False
    assert facts.measured_p95_ms is not None


def test_what_is_known_stands_above_what_was_said(bench: LadderBench) -> None:
    bench.service.answer("project_1", "needs_citation", True)
    bench.service.answer("project_1", "eval_n", 500)
    facts = bench.service.facts("project_1")
    assert (facts.needs_citation, facts.eval_n) == (True, 0)
    assert bench.service.answers("project_1").eval_n == 500


def test_answers_are_checked_kept_and_taken_back(bench: LadderBench) -> None:
    said = bench.service.answer("project_1", "horizon_end", "2027-06-30")
    assert said.horizon_end == date(2027, 6, 30)
    assert bench.service.answer("project_1", "horizon_end", None).horizon_end is None
    with pytest.raises(InvalidInput, match="no fact 'weather'"):
        bench.service.answer("project_1", "weather", "fine")
    with pytest.raises(InvalidInput, match="pct_context cannot be 3"):
        bench.service.answer("project_1", "pct_context", 3)


def test_memory_and_ends_of_providers_are_facts(bench: LadderBench) -> None:
    end = date(2027, 1, 6)
    hosted = option("lora", 1, None, "unknown").with_(
        backend="OpenAI", memory=None, shutdown_date=end
    )
    bench.estimates.options = [
        option("lora", 8_000_000_000, 6_000_000_000, "does_not_fit"),
        option("qlora", 3_000_000_000, 6_000_000_000, "fits"),
        hosted.with_(backend="Later", shutdown_date=date(2028, 1, 1)),
        hosted,
    ]
    facts = bench.service.facts("project_1")
    assert (facts.lora_vram_gb, facts.vram_gb, facts.qlora_fits) == (8.0, 6.0, True)
    assert (facts.provider, facts.provider_shutdown_date) == ("OpenAI", end)


def test_costs_that_are_not_all_known_give_no_break_even() -> None:
    charter: Charter = samples.charter(success_value=Decimal(20), escalation_cost=Decimal(40))
    assert cost_of_failure(charter) is None
    assert break_even(charter) is None
    free = samples.charter(
        success_value=Decimal(0),
        escalation_cost=Decimal(0),
        churn_cost=Decimal(0),
        churn_probability=0,
    )
    assert break_even(free) is None


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 24), 12, date(2027, 11, 24)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
    ],
)
def test_a_horizon_ends_on_a_day_that_exists(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later
