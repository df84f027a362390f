"""A project's own numbers are kept, one for each threshold."""

from __future__ import annotations

from studio.domain.thresholds import ThresholdEdit
from studio.domain.values import now
from studio.store.database import Database
from studio.store.thresholds import ThresholdStore


def edit(name: str, value: float, project_id: str = "project_1") -> ThresholdEdit:
    return ThresholdEdit(project_id=project_id, name=name, value=value, at=now())


def test_numbers_are_kept_replaced_and_taken_back(database: Database) -> None:
    store = ThresholdStore(database)
    assert store.all("project_1") == {}
    store.keep(edit("idle_share", 0.2))
    newer, other = edit("idle_share", 0.3), edit("pairs_trial", 150)
    elsewhere = edit("idle_share", 0.4, "project_2")
    for one in (newer, other, elsewhere):
        store.keep(one)
    assert store.all("project_1") == {"idle_share": newer, "pairs_trial": other}
    store.remove("project_1", "idle_share")
    store.remove("project_1", "idle_share")
    assert store.all("project_1") == {"pairs_trial": other}
    assert store.all("project_2") == {"idle_share": elsewhere}
