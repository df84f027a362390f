"""Costs, prices and estimates in memory, for the pages that show them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from studio.domain.costing import (
    Arm,
    Assumption,
    Case,
    ErrorRecord,
    Estimate,
    Figure,
    MemoryEstimate,
    MemoryTerm,
    Price,
    Returns,
    Simulation,
    TornadoBar,
)
from studio.domain.errors import InvalidInput, NotFound
from studio.domain.sizing import Architecture

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def returns(key: Any, npv: float, **changes: Any) -> Returns:
    arm = Arm(
        key=key,
        title=f"Arm {key}",
        score=0.7,
        capex=1000.0,
        opex=(10.0, 10.0),
        benefit=(300.0, 300.0),
        lines=(("Labelling", 600.0),),
        **changes,
    )
    return Returns(arm=arm, cash_flow=(-1000.0, 290.0, 290.0), tco=1020.0, npv=npv)


def assumption(key: str = "labelling.unit", **changes: Any) -> Assumption:
    fields: dict[str, Any] = {
        "key": key,
        "title": f"Price of {key}",
        "value": 0.5,
        "low": 0.1,
        "high": 2.0,
        "unit": "USD",
        "source": "judgement",
    }
    return Assumption(**fields | changes)


def case(*assumptions: Assumption, **changes: Any) -> Case:
    drawn = Simulation(
        draws=10_000,
        seed=7,
        correlation=0.0,
        p10=-200.0,
        p50=500.0,
        p90=1500.0,
        probability_of_loss=0.21,
        histogram=((-500.0, 10), (0.0, 80), (500.0, 10)),
    )
    fields: dict[str, Any] = {
        "currency": "USD",
        "horizon_months": 12,
        "annual_rate": 0.1,
        "requests_month": 20_000,
        "break_even_accuracy": None,
        "assumptions": assumptions or (assumption(), assumption("requests.month", value=20_000)),
        "arms": (returns("stay", 0.0), returns("fine_tune_local", 640.0)),
        "best": "fine_tune_local",
        "subject": "fine_tune_local",
        "tornado": (TornadoBar(key="x", title="Volume", low_npv=-900.0, high_npv=2000.0),),
        "simulation": drawn,
        "correlated": drawn,
        "warnings": ("Nobody has said what a right answer is worth.",),
    }
    return Case(**fields | changes)


def price(**changes: Any) -> Price:
    fields: dict[str, Any] = {
        "id": "gpu-1",
        "kind": "gpu_on_demand",
        "provider": "AWS",
        "item": "one L4",
        "unit": "GPU-hour",
        "usd": Decimal("0.8"),
        "price_date": "2026-07-20",
        "age_days": 127,
        "source": "price list",
    }
    return Price(**fields | changes)


class FakeCosting:
    """Keeps one case and a few prices; an assumption of -1 is refused."""

    def __init__(self) -> None:
        self.present: Case | InvalidInput = case()
        self.listed = [price(), price(id="gpu-2", item="one H100", price_date="", age_days=None)]
        self.calls: list[tuple[str, Any]] = []

    def case(self, project_id: str) -> Case:
        if isinstance(self.present, InvalidInput):
            raise self.present
        return self.present

    def assume(
        self,
        project_id: str,
        key: str,
        value: float,
        source: str = "",
        low: float | None = None,
        high: float | None = None,
        owner: str = "",
    ) -> Case:
        if value < 0:
            raise InvalidInput("It is a number of 0 or more.")
        ends = {name: end for name, end in (("low", low), ("high", high)) if end is not None}
        said: dict[str, Any] = {"source": source, "owner": owner, "edited": True}
        return self._changed("assume", key, value=value, **said, **ends)

    def unassume(self, project_id: str, key: str) -> Case:
        shipped = assumption(key)
        return self._changed("unassume", key, **shipped.model_dump(exclude={"key", "title"}))

    def prices(self, kind: str | None = None) -> list[Price]:
        return [one for one in self.listed if one.kind == kind]

    def override(self, price_id: str, usd: Decimal) -> Price:
        return self._priced(price_id, usd=usd, overridden=True)

    def reset(self, price_id: str) -> Price:
        return self._priced(price_id, usd=Decimal("0.8"), overridden=False)

    def _changed(self, what: str, key: str, **changes: Any) -> Case:
        assert isinstance(self.present, Case)
        self.calls.append((what, key))
        rows = [one.with_(**changes) if one.key == key else one for one in self.present.assumptions]
        self.present = self.present.with_(assumptions=tuple(rows))
        return self.present

    def _priced(self, price_id: str, **changes: Any) -> Price:
        for index, one in enumerate(self.listed):
            if one.id == price_id:
                self.listed[index] = one.with_(**changes)
                return self.listed[index]
        raise NotFound(f"There is no price {price_id}.")


class FakeRecord:
    """Estimates with and without their actual; a token for each word."""

    def __init__(self) -> None:
        self.kept: list[Estimate] = []
        self.errors: list[ErrorRecord] = []
        self.asked: tuple[Any, ...] = ()

    def all(self, project_id: str) -> list[Estimate]:
        return self.kept

    def record(self) -> list[ErrorRecord]:
        return self.errors

    def count_tokens(self, texts: Sequence[str], model: str) -> list[int]:
        return [len(text.split()) for text in texts]

    def known_models(self) -> list[str]:
        return ["Llama-3.1-8B", "Maker/starter"]

    def shape(self, model: str) -> Architecture:
        return Architecture(
            name=model,
            parameters=8_000_000_000,
            hidden=4096,
            layers=32,
            heads=32,
            head_dim=128,
            kv_heads=8,
            intermediate=14336,
            vocabulary=128_256,
            note="A shape guessed from its size." if model == "Maker/starter" else "",
        )

    def memory(
        self, model: str, method: str, *, available: int | None, levers: dict[str, Any]
    ) -> MemoryEstimate:
        if levers["micro_batch"] > 64:
            raise InvalidInput("So many examples at once cannot be estimated.")
        self.asked = (model, method, available, levers)
        terms = (
            MemoryTerm(name="adapter", bytes=200_000_000, how="4 bytes"),
            MemoryTerm(name="weights", bytes=16_000_000_000, how="2 bytes"),
        )
        verdict: Any = "unknown" if available is None else "fits"
        return MemoryEstimate(
            terms=terms, total=16_200_000_000, context=450_000_000, verdict=verdict
        )

    def probe(self, *, progress: Callable[[str, float | None], None]) -> Figure:
        progress("Training for twenty seconds", 0.5)
        return Figure(mid=540.0, unit="tokens/s", basis="measured here")


def estimate(**changes: Any) -> Estimate:
    fields: dict[str, Any] = {
        "id": "estimate_1",
        "project_id": "project_1",
        "kind": "seconds",
        "subject": "job",
        "subject_id": "job_1",
        "family": "local lora smol",
        "low": 60.0,
        "mid": 90.0,
        "high": 180.0,
        "basis": "a prior",
        "created_at": NOW,
    }
    return Estimate(**fields | changes)


def ending(day: date) -> Price:
    return price(id="ft-1", kind="ft_training", provider="OpenAI", shutdown_date=day)
