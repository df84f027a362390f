"""Costing: own prices are kept and taken back, answers priced, and cases follow every edit."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from studio.domain.charters import Charter
from studio.domain.costing import Case
from studio.domain.errors import InvalidInput, NotFound
from studio.domain.jobs import Job, JobStatus
from studio.domain.ladder import Rung, RungRun
from studio.services.costing import CostingService
from studio.store.assumptions import AssumptionStore
from studio.store.database import Database
from studio.store.prices import PriceStore
from tests.unit.core.costing.situations import FILE, KNOWN, NOW, charter, run
from tests.unit.store import samples

LUNA = "inference-api/openai/gpt-6-luna-input/1m-tokens"
MINI = "ft-training/together/up-to-16b-lora-sft/1m-tokens"


class Desk:
    """A charter that is there."""

    def __init__(self, charter: Charter) -> None:
        self.charter = charter

    def get(self, project_id: str) -> Charter:
        if project_id != self.charter.project_id:
            raise NotFound(f"There is no project {project_id}.")
        return self.charter


def service(runs: Sequence[RungRun] = (), **given: Any) -> CostingService:
    database = Database(None)
    known = given.pop("charter", None) or charter(**KNOWN)
    return CostingService(
        PriceStore(database, FILE),
        AssumptionStore(database),
        Desk(known),
        lambda project_id: runs,
        lambda: NOW,
        **given,
    )


def value(case: Case, key: str) -> float:
    return next(row.value for row in case.assumptions if row.key == key)


def test_prices_are_listed_by_kind_with_their_age() -> None:
    costing = service()
    assert len(costing.prices()) == len(costing.price_table()) == 175
    gpus = costing.prices("gpu_on_demand")
    assert len(gpus) == 40 and all(price.stale for price in gpus)
    with pytest.raises(InvalidInput, match="kind"):
        costing.prices("gpus")


def test_an_own_price_stands_until_it_is_taken_back() -> None:
    costing = service()
    kept = costing.override(MINI, Decimal("0.30"))
    assert (kept.usd, kept.original_usd, kept.stale) == (Decimal("0.30"), Decimal("0.48"), False)
    back = costing.reset(MINI)
    assert (back.usd, back.overridden, back.stale) == (Decimal("0.48"), False, True)


def test_unknown_prices_and_impossible_figures_are_refused() -> None:
    costing = service()
    with pytest.raises(NotFound) as caught:
        costing.override(LUNA.replace("luna", "lunar"), Decimal(1))
    assert LUNA in caught.value.hint
    for usd in (Decimal(-1), Decimal("nan"), Decimal("inf")):
        with pytest.raises(InvalidInput):
            costing.override(LUNA, usd)
    with pytest.raises(NotFound):
        costing.reset("endpoint:office/qwen input")


def test_an_own_price_wins_over_the_bundled_data() -> None:
    costing = service()
    bundled = costing.answer_cost("endpoint:openai/gpt-6-luna", 1_000, 0, None)
    assert bundled.mid == pytest.approx(0.10) and "genai-prices" in bundled.basis
    costing.override(LUNA, Decimal("0.08"))
    own = costing.answer_cost("endpoint:openai/gpt-6-luna", 1_000, 0, None)
    assert own.mid == pytest.approx(0.08) and "your own price" in own.basis


def test_the_table_fills_in_what_the_bundled_data_lacks() -> None:
    model_id = "endpoint:openai/ft:gpt-4.1-mini-2025-04-14:acme::abc"
    found = service().answer_cost(model_id, 1_000, 1_000, None)
    assert found.mid == pytest.approx(0.8 + 3.2)


def test_tokens_that_nobody_told_cost_unknown_and_not_nothing() -> None:
    found = service().answer_cost("endpoint:openai/gpt-6-luna", None, None, 1.0)
    assert found.mid is None
    assert "did not tell" in found.basis


def test_an_endpoint_of_ones_own_has_a_price_once_it_is_put_in() -> None:
    costing = service()
    unknown = costing.answer_cost("endpoint:office/qwen", 1_000, 1_000, 2.0)
    assert unknown.mid is None and "put yours in" in unknown.basis
    costing.override("endpoint:office/qwen input", Decimal("0.1"))
    costing.override("endpoint:office/qwen output", Decimal("0.2"))
    assert costing.answer_cost("endpoint:office/qwen", 1_000, 1_000, None).mid == pytest.approx(0.3)
    assert costing.reset("endpoint:office/qwen input").usd is None
    assert costing.answer_cost("endpoint:office/qwen", 1_000, 1_000, None).mid is None


def test_the_address_of_an_endpoint_says_whose_price_holds() -> None:
    costing = service(address=lambda endpoint: "http://10.0.0.7:8000/v1")
    found = costing.answer_cost("endpoint:deepinfra/deepseek-ai/DeepSeek-V3", 1_000, 100, None)
    assert found.mid is None


def test_answers_of_this_machine_cost_its_time() -> None:
    costing = service()
    found = costing.answer_cost("starter", 500, 20, 3.6)
    assert found.mid is not None and found.low is not None and found.high is not None
    assert found.low < found.mid < found.high and "prior" in found.basis
    assert costing.answer_cost("starter", 500, 20, None).mid is None


def test_a_projects_own_machine_price_counts_for_its_answers() -> None:
    costing = service()
    costing.assume("project_1", "machine.usd_per_hour", 2.0)
    mine = costing.answer_cost("starter", 500, 20, 3.6, "project_1")
    assert mine.mid == pytest.approx(2.0) and "put in by you" in mine.basis
    assert costing.answer_cost("starter", 500, 20, 3.6).mid != mine.mid


def test_a_case_follows_charter_runs_and_edits() -> None:
    costing = service([run(Rung.PROMPT, 0.7)])
    before = costing.case("project_1")
    assert value(before, "prompt.score") == 0.7 and before.requests_month == 5_000
    after = costing.assume("project_1", "requests.month", 9_000, "tickets of October", owner="Roe")
    assert after.requests_month == 9_000
    row = next(row for row in after.assumptions if row.key == "requests.month")
    assert (row.edited, row.source, row.owner) == (True, "tickets of October", "Roe")
    assert costing.unassume("project_1", "requests.month") == before


def test_a_case_follows_own_prices() -> None:
    costing = service()
    before = value(costing.case("project_1"), "prompt.usd_per_1000")
    costing.override(LUNA, Decimal(10))
    assert value(costing.case("project_1"), "prompt.usd_per_1000") > before


def test_assumptions_that_are_not_there_or_cannot_be_are_refused() -> None:
    costing = service()
    with pytest.raises(InvalidInput) as caught:
        costing.assume("project_1", "request.month", 5)
    assert "requests.month" in caught.value.hint
    for key, wrong in (
        ("prompt.score", 1.2),
        ("requests.month", -1),
        ("prompt.score", float("nan")),
        ("retrain.cycle_months", 0),
    ):
        with pytest.raises(InvalidInput):
            costing.assume("project_1", key, wrong)
    with pytest.raises(InvalidInput, match="does not lie between"):
        costing.assume("project_1", "requests.month", 5, low=6, high=9)
    assert not any(row.edited for row in costing.case("project_1").assumptions)


def test_a_project_that_is_not_there_has_no_case() -> None:
    with pytest.raises(NotFound):
        service().case("project_2")


def test_the_job_behind_a_tuned_model_says_how_long_training_takes() -> None:
    job = samples.job(
        id="job_1",
        status=JobStatus.SUCCEEDED,
        started_at=NOW,
        finished_at=NOW + timedelta(minutes=30),
    )

    def find(job_id: str) -> Job:
        if job_id != job.id:
            raise NotFound(f"There is no job {job_id}.")
        return job

    tuned = run(Rung.FINE_TUNE, 0.9, job_id="job_1")
    assert value(service([tuned], job=find).case("project_1"), "local.train_hours") == 0.5
    gone = run(Rung.FINE_TUNE, 0.9, job_id="job_2")
    assert value(service([gone], job=find).case("project_1"), "local.train_hours") != 0.5


def test_labels_there_are_need_not_be_bought() -> None:
    costing = service(labelled=lambda project_id: 400)
    assert value(costing.case("project_1"), "labels.count") == 600


def test_ten_thousand_draws_take_less_than_a_second() -> None:
    costing = service([run(Rung.PROMPT, 0.7), run(Rung.RAG, 0.8)])
    costing.case("project_1")
    began = time.process_time()
    case = costing.case("project_1")
    assert case.simulation.draws == case.correlated.draws == 10_000
    assert time.process_time() - began < 1.0
