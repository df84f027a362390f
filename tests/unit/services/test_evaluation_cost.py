"""What an evaluation's answers took: tokens of every model, money of those paid by the token."""

from __future__ import annotations

from decimal import Decimal

import pytest

from studio.domain.costing import Figure
from studio.domain.evaluation import EvaluationRun
from studio.domain.interfaces import Answer
from studio.domain.models import ModelHandle
from studio.services.evaluation import EvaluationService
from studio.services.evaluation_run import total
from studio.services.models import ModelService
from studio.store.jobs import JobStore
from tests.fakes.measuring import Bench, NoLibrary, finished

HOSTED = "endpoint:acme/large"


class Elsewhere:
    """An endpoint with one model."""

    def models(self) -> dict[str, str]:
        return {HOSTED: "large at acme"}

    def handle(self, model_id: str) -> ModelHandle:
        return ModelHandle(id=HOSTED, name="large at acme", base_path="")


def measured(bench: Bench, model_id: str, asked: list[tuple[object, ...]]) -> EvaluationRun:
    def cost(*given: object) -> Figure:
        asked.append(given)
        return Figure(low=2.0, mid=2.5, high=3.0, unit="USD per 1,000 answers", basis="a list")

    bench.models = ModelService(
        bench.model_store, JobStore(bench.database), NoLibrary(), elsewhere=Elsewhere()
    )
    service = EvaluationService(
        bench.evaluations, bench.datasets, bench.models, bench.generator, cost=cost
    )
    service.open()
    run = finished(service, bench.start(service, model_id))
    service.close()
    return run


def test_a_model_paid_by_the_token_is_priced_by_what_it_used() -> None:
    bench = Bench()
    asked: list[tuple[object, ...]] = []
    run = measured(bench, HOSTED, asked)
    assert run.prompt_tokens is not None
    assert run.output_tokens is not None
    assert asked == [(HOSTED, run.prompt_tokens / run.total, run.output_tokens / run.total)]
    assert (run.cost_per_1000, run.cost_basis) == (Decimal("2.5"), "a list")
    assert bench.evaluations.get(run.id) == run


def test_a_model_on_this_machine_has_tokens_and_no_price() -> None:
    asked: list[tuple[object, ...]] = []
    run = measured(Bench(), "base", asked)
    assert run.prompt_tokens
    assert (run.cost_per_1000, run.cost_basis, asked) == (None, "", [])


def test_an_answer_without_a_count_makes_the_sum_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    counted = bench.generator._answer

    def silent(*given: object) -> Answer:
        return counted(*given).model_copy(update={"output_tokens": None})  # type: ignore[arg-type]

    monkeypatch.setattr(bench.generator, "_answer", silent)
    asked: list[tuple[object, ...]] = []
    run = measured(bench, HOSTED, asked)
    assert run.output_tokens is None
    assert asked[0][2] is None
    assert total([1, None]) is None
    assert total([1, 2]) == 3
