"""Curation kept: what cycles used, by how far they got, and the side a correction was first on."""

from __future__ import annotations

import pytest

from studio.domain.curation import Curated
from studio.domain.retraining import CycleState, RetrainCycle
from studio.store.curation import CurationStore
from studio.store.database import Database
from studio.store.retraining import RetrainingStore
from tests.unit.store.cycles import NOON, cycle

TO_GATE = (
    CycleState.SNAPSHOTTING,
    CycleState.VALIDATING,
    CycleState.TRAINING,
    CycleState.EVALUATING,
    CycleState.GATING,
)


def begun(database: Database, id: str = "cycle_1", **changes: object) -> RetrainCycle:
    """Begins a cycle that takes one correction to train on and holds one out."""
    made = RetrainingStore(database).begin(cycle(id).with_(**changes), "Begun.")
    CurationStore(database).add(
        Curated(cycle_id=id, n_corrections=1, n_holdout=1),
        {f"feedback_{id}": ("hash_1", "train"), "feedback_held": ("hash_2", "holdout")},
        [],
    )
    return made


def ended(database: Database, waits: RetrainCycle, *states: CycleState) -> None:
    for state in states:
        waits = RetrainingStore(database).move(waits, state, "On.", at=NOON)


def test_what_was_gathered_is_kept_once(database: Database) -> None:
    store = CurationStore(database)
    assert store.curated("cycle_1") is None
    begun(database)
    store.add(Curated(cycle_id="cycle_1", n_corrections=9), {"feedback_9": ("h", "train")}, [])
    found = store.curated("cycle_1")
    assert found is not None and (found.n_corrections, found.n_holdout) == (1, 1)
    assert set(store.used("deployment_1")) == {"feedback_cycle_1", "feedback_held"}


@pytest.mark.parametrize(
    ("states", "used"),
    [
        ((), True),
        (TO_GATE[:2], True),
        ((*TO_GATE[:2], CycleState.REJECTED), False),
        ((*TO_GATE[:3], CycleState.FAILED), False),
        ((*TO_GATE[:4], CycleState.CANCELLED), False),
        ((CycleState.SUPERSEDED,), False),
        ((*TO_GATE, CycleState.REJECTED), True),
        ((*TO_GATE, CycleState.INCONCLUSIVE), True),
        ((*TO_GATE, CycleState.FAILED), True),
    ],
)
def test_learnt_is_what_came_to_its_gate_or_is_on_the_way(
    database: Database, states: tuple[CycleState, ...], used: bool
) -> None:
    ended(database, begun(database), *states)
    assert bool(CurationStore(database).used("deployment_1")) is used
    assert CurationStore(database).used("deployment_2") == {}


def test_the_first_side_of_a_correction_is_known_even_of_a_failed_cycle(
    database: Database,
) -> None:
    ended(database, begun(database), CycleState.FAILED)
    begun(database, "cycle_2")
    assert CurationStore(database).sides("deployment_1") == {
        "feedback_cycle_1": "train",
        "feedback_cycle_2": "train",
        "feedback_held": "holdout",
    }
