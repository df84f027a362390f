"""Orders are taken once for each name of a request, and leave checking once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from studio.domain.errors import Conflict, NotFound
from studio.domain.training import Objective
from studio.domain.values import new_id, now
from studio.domain.wire import TuningOrder
from studio.store.database import Database
from studio.store.tuning_orders import TuningOrderStore


@pytest.fixture
def store(database: Database) -> TuningOrderStore:
    return TuningOrderStore(database)


def order(**changes: Any) -> TuningOrder:
    made = TuningOrder(
        id=new_id("job"),
        project_id="project_1",
        base_model="small",
        training_file="file_1",
        created_at=now(),
    )
    return made.with_(**changes)


def test_an_order_comes_back_as_it_was(store: TuningOrderStore) -> None:
    kept = order(
        validation_file="file_2",
        metadata={"a": "b"},
        objective=Objective.DPO,
        asked={"n_epochs": 3, "learning_rate_multiplier": 0.5, "batch_size": "auto"},
        ladder={"method": "qlora", "hyperparameters": {"lora_rank": 4}},
    )
    assert store.add(kept) == kept == store.get(kept.id)
    with pytest.raises(NotFound):
        store.get("job_0")


def test_the_same_request_gives_the_same_order_whatever_became_of_it(
    store: TuningOrderStore,
) -> None:
    first = store.add(order(idempotency_key="one"))
    assert store.add(order(idempotency_key="one")) == first
    ended = first.with_(status="failed", error_code="x", error_message="y", finished_at=now())
    store.save(ended)
    assert store.add(order(idempotency_key="one")) == ended
    with pytest.raises(Conflict, match="one"):
        store.add(order(idempotency_key="one", seed=1))
    elsewhere = order(idempotency_key="one", project_id="project_2")
    assert store.add(elsewhere) == elsewhere
    unnamed = [order(), order()]
    assert [store.add(one) for one in unnamed] == unnamed


def test_an_order_leaves_checking_once(store: TuningOrderStore) -> None:
    kept = store.add(order(training_file="file_3", validation_file="file_4"))
    store.add(order(training_file="file_5", created_at=now() + timedelta(seconds=1)))
    assert store.reading() == {"file_3", "file_4", "file_5"}
    store.save(kept.with_(status="cancelled"))
    with pytest.raises(Conflict, match="cancelled"):
        store.save(kept.with_(status="started"))
    assert [one.training_file for one in store.validating()] == ["file_5"]
    assert [one.training_file for one in store.all("project_1")] == ["file_5", "file_3"]
    assert store.all("project_2") == []
