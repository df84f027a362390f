"""Situations: a charter, runs and the shipped prices, every field changeable."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from studio.core.costing.answer_cost import by_rates, named, no_price, rates
from studio.core.costing.assumptions import Sheet
from studio.core.costing.case import months_later
from studio.core.costing.measured import best_runs
from studio.core.costing.price import table
from studio.core.costing.situation import Situation
from studio.domain.charters import Charter
from studio.domain.costing import AssumptionEdit, Figure, Price
from studio.domain.evaluation import RunStatus, Score
from studio.domain.ladder import Rung, RungRun, RungSetup, Suite

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
FILE = Path(__file__).parents[4] / "assets" / "prices.json"
KNOWN: dict[str, Any] = {
    "success_value": Decimal(20),
    "escalation_cost": Decimal(40),
    "churn_cost": Decimal(1000),
    "churn_probability": 0.05,
    "requests_month": 5_000,
}


def shipped() -> list[Price]:
    listed = json.loads(FILE.read_text(encoding="utf-8"))["prices"]
    return [Price.model_validate(fields) for fields in listed]


PRICES = table(shipped(), {}, TODAY)


def charter(**changes: Any) -> Charter:
    given = {"id": "charter_1", "project_id": "project_1", "created_at": NOW, "changed_at": NOW}
    return Charter(**given).with_(**changes)


def run(rung: Rung, value: float, **changes: Any) -> RungRun:
    model_id = changes.pop("model_id", "starter")
    given: dict[str, Any] = {
        "id": f"run_{rung}_{value}",
        "project_id": "project_1",
        "setup": RungSetup(rung=rung, model_id=model_id),
        "suite": Suite(project_id="project_1", version_id="version_1"),
        "model_name": model_id.rpartition("/")[2],
        "metric": "accuracy",
        "status": RunStatus.SUCCEEDED,
        "done": 100,
        "total": 100,
        "score": Score(metric="accuracy", value=value, low=value - 0.08, high=value + 0.08, n=100),
        "latency_p50": 1.5,
        "prompt_tokens": 300.0,
        "output_tokens": 12.0,
        "created_at": NOW,
        "started_at": NOW,
        "finished_at": NOW + timedelta(minutes=5),
    }
    return RungRun.model_validate({**given, **changes})


def situation(
    runs: Sequence[RungRun] = (), prices: Sequence[Price] = tuple(PRICES), **changes: Any
) -> Situation:
    known = changes.pop("charter", None) or charter(**changes)

    def cost_of(model_id: str, tokens_in: float, tokens_out: float) -> Figure:
        wanted = named(model_id)
        found = None if wanted is None else rates(prices, wanted)
        return no_price(model_id) if found is None else by_rates(found, tokens_in, tokens_out)

    return Situation(
        charter=known,
        best=best_runs(runs),
        prices=prices,
        today=TODAY,
        horizon_end=months_later(TODAY, known.horizon_months),
        cost_of=cost_of,
    )


def edit(key: str, value: float, **changes: Any) -> AssumptionEdit:
    given = {"project_id": "project_1", "key": key, "value": value, "at": NOW}
    return AssumptionEdit.model_validate({**given, **changes})


def edits(**values: float) -> Mapping[str, AssumptionEdit]:
    """Edits by key, with `__` for the dot."""
    return {
        key.replace("__", "."): edit(key.replace("__", "."), value) for key, value in values.items()
    }


def sheet(**values: float) -> Sheet:
    return Sheet(edits(**values))
