"""Estimates beside their actuals, and speeds tried on this machine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from studio.domain.costing import Estimate
from studio.domain.errors import NotFound
from studio.domain.sizing import Probe
from studio.domain.values import new_id, now
from studio.store.database import Database
from studio.store.estimates import EstimateStore


def estimate(**changes: Any) -> Estimate:
    return Estimate(
        id=new_id("estimate"),
        project_id="project_1",
        kind="seconds",
        subject="job",
        subject_id="job_1",
        family="local/lora/small/prior",
        low=50.0,
        mid=100.0,
        high=200.0,
        basis="a prior",
        created_at=now(),
    ).with_(**changes)


def probe(**changes: Any) -> Probe:
    return Probe(
        id=new_id("probe"),
        model_id="small",
        parameters=134_515_008,
        method="lora",
        device="CPU, 2 cores",
        examples="256 examples",
        steps=12,
        tokens=9000,
        seconds=20.5,
        tokens_per_second=439.0,
        memory_bytes=1_400_000_000,
        at=now(),
    ).with_(**changes)


@pytest.fixture
def store(database: Database) -> EstimateStore:
    return EstimateStore(database)


def test_an_estimate_is_kept_whole_and_once(store: EstimateStore) -> None:
    kept = estimate(actual=None)
    store.add(kept)
    store.add(kept)
    assert store.all("project_1") == [kept]
    assert store.all("project_2") == []


def test_the_actual_is_put_beside_it(store: EstimateStore) -> None:
    kept = estimate()
    store.add(kept)
    store.save(kept.with_(actual=120.0, actual_at=now()))
    (found,) = store.of("job_1", "seconds")
    assert found.actual == 120.0
    assert store.of("job_1", "usd") == []


def test_a_family_is_those_with_an_actual(store: EstimateStore) -> None:
    store.add(estimate())
    store.add(estimate(actual=90.0, actual_at=now()))
    store.add(estimate(actual=90.0, actual_at=now(), family="another"))
    assert [one.actual for one in store.family("seconds", "local/lora/small/prior")] == [90.0]


def test_saving_what_is_not_there_is_refused(store: EstimateStore) -> None:
    with pytest.raises(NotFound):
        store.save(estimate())


def test_the_newest_probe_comes_first(store: EstimateStore) -> None:
    older, newer = probe(at=now() - timedelta(days=1)), probe()
    store.add_probe(older)
    store.add_probe(newer)
    assert [one.id for one in store.probes()] == [newer.id, older.id]
    assert store.probes()[0] == newer
