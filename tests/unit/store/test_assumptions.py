"""Edited assumptions are kept for their project, one for each key."""

from __future__ import annotations

from typing import Any

from studio.domain.costing import AssumptionEdit
from studio.domain.values import now
from studio.store.assumptions import AssumptionStore
from studio.store.database import Database


def edit(key: str, value: float, **changes: Any) -> AssumptionEdit:
    given = {"project_id": "project_1", "key": key, "value": value, "at": now()}
    return AssumptionEdit.model_validate({**given, **changes})


def test_edits_are_kept_replaced_and_taken_back(database: Database) -> None:
    store = AssumptionStore(database)
    assert store.all("project_1") == {}
    store.keep(edit("requests.month", 5))
    newer = edit("requests.month", 7, low=6, high=9, source="tickets", owner="Ms Roe")
    rate = edit("discount.annual", 0.08)
    store.keep(newer)
    store.keep(rate)
    assert store.all("project_1") == {"discount.annual": rate, "requests.month": newer}
    store.remove("project_1", "requests.month")
    store.remove("project_1", "requests.month")
    assert store.all("project_1") == {"discount.annual": rate}


def test_projects_do_not_see_each_others_edits(database: Database) -> None:
    store = AssumptionStore(database)
    mine, other = edit("a", 1), edit("a", 2, project_id="project_2")
    store.keep(mine)
    store.keep(other)
    assert store.all("project_1") == {"a": mine}
    assert store.all("project_2") == {"a": other}
