"""Ways to tune side by side: blocked with a reason, priced with a source, ended with a date."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from pydantic import TypeAdapter

from studio.core.costing import options
from studio.core.costing.price import with_age
from studio.domain.costing import Figure, Price
from studio.domain.sizing import Machine
from tests.benchmarks.measured_rows import ASSETS, gpus, shapes

TODAY = date(2026, 11, 24)
SHAPE = shapes().find("Llama 3.1 8B")
TASK = options.Task(tokens=2_400_000, longest=1024, basis="")
MACHINE = Machine(kind="cpu", name="CPU", memory_total=8 * 10**9, memory_free=6 * 10**9, cores=2)


def prices() -> list[Price]:
    listed = json.loads(Path(ASSETS / "prices.json").read_text(encoding="utf-8"))["prices"]
    return [with_age(p, TODAY) for p in TypeAdapter(list[Price]).validate_python(listed)]


def test_here_only_adapters_are_tuned_and_too_large_models_are_blocked() -> None:
    assert SHAPE is not None
    unknown = Figure(unit="USD", basis="power is not priced")
    found = {o.method: o for o in options.local(SHAPE, TASK, MACHINE, {}, unknown)}
    assert "not whole models" in found["full"].blocked_because
    assert "free here" in found["lora"].blocked_because
    assert found["lora"].training_cost.mid is None


def test_every_size_of_gpu_is_offered_with_its_price_and_source() -> None:
    assert SHAPE is not None
    found = options.rented(SHAPE, TASK, prices(), gpus())
    assert {o.backend for o in found} == {f"rented {gb} GB GPU" for gb in options.CLASSES}
    fitting = [o for o in found if not o.blocked_because]
    assert fitting
    for option in fitting:
        assert option.training_cost.mid is not None and option.training_cost.mid > 0
        assert option.serving_cost_month.mid is not None
        assert option.memory is not None
    full = [o for o in found if o.method == "full" and o.backend == "rented 24 GB GPU"]
    assert full[0].blocked_because.startswith("It needs")


def test_old_prices_are_told() -> None:
    assert SHAPE is not None
    found = options.rented(SHAPE, TASK, prices(), gpus())
    assert any("check it" in note for option in found for note in option.warnings)


def test_providers_that_end_before_the_horizon_are_blocked_with_the_day() -> None:
    found = options.hosted(
        TASK,
        prices(),
        today=TODAY,
        horizon_end=date(2027, 11, 24),
        requests=None,
        tokens_in=None,
        tokens_out=None,
    )
    openai = [o for o in found if o.backend == "OpenAI"]
    assert openai
    assert all("2027-01-14" in o.blocked_because for o in openai)
    assert all(o.shutdown_date == date(2027, 1, 6) for o in openai)
    assert all(o.serving_cost_month.mid is None for o in openai)
    together = next(o for o in found if o.backend == "Together")
    assert together.blocked_because == ""
    assert together.training_cost.mid is not None
    assert round(together.training_cost.mid, 2) == 1.15


def test_billed_by_token_the_month_follows_the_requests() -> None:
    found = options.hosted(
        TASK,
        prices(),
        today=TODAY,
        horizon_end=None,
        requests=10_000,
        tokens_in=500,
        tokens_out=100,
    )
    mini = next(o for o in found if o.model.startswith("gpt-4.1-mini"))
    assert mini.serving_cost_month.mid is not None
    assert round(mini.serving_cost_month.mid, 2) == 7.20
