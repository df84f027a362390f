"""A deployment has one cycle under way; a move is whole or has not happened."""

from __future__ import annotations

import pytest

from studio.domain.deployments import Action, LedgerRow, Slot
from studio.domain.errors import Conflict, InvalidTransition, NotFound
from studio.domain.retraining import CycleState
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database
from studio.store.retraining import RetrainingStore
from tests.unit.store.cycles import at, cycle


@pytest.fixture
def store(database: Database) -> RetrainingStore:
    return RetrainingStore(database)


def test_a_cycle_takes_its_deployment_and_the_next_number(store: RetrainingStore) -> None:
    first = store.begin(cycle(), "120 corrections.")
    assert store.holder("deployment_1") == first.id
    assert store.cycle(first.id) == first
    with pytest.raises(Conflict, match="cycle_1 of this deployment is still under way"):
        store.begin(cycle("cycle_2"), "Again.")
    store.move(first, CycleState.CANCELLED, "Stopped.", at=at(1), actor="ann")
    assert store.holder("deployment_1") is None
    assert store.begin(cycle("cycle_2", created_at=at(2)), "Again.").number == 2
    assert [found.number for found in store.cycles("deployment_1")] == [2, 1]
    assert store.cycles("another") == []


def test_beginning_the_same_cycle_twice_is_beginning_it_once(store: RetrainingStore) -> None:
    assert store.begin(cycle(), "Why.") == store.begin(cycle(), "Why.")
    assert [found.id for found in store.cycles()] == ["cycle_1"]


def test_a_move_is_written_with_its_event(store: RetrainingStore) -> None:
    begun = store.begin(cycle(), "120 corrections.")
    evidence = {"rows": 12, "cost": None}
    moved = store.move(begun, CycleState.SNAPSHOTTING, "Gathering.", at=at(1), evidence=evidence)
    assert (moved.state, moved.message, moved.updated_at) == (
        CycleState.SNAPSHOTTING,
        "Gathering.",
        at(1),
    )
    first, second = store.events("cycle_1")
    assert (first.seq, first.from_state, first.to_state) == (1, None, CycleState.TRIGGERED)
    assert first.evidence == {"corrections": 120.0, "raters": None}
    assert (second.seq, second.from_state, second.actor) == (2, CycleState.TRIGGERED, "flywheel")
    assert second.evidence == evidence


def test_only_the_first_of_two_moves_from_one_state_happens(store: RetrainingStore) -> None:
    begun = store.begin(cycle(), "Why.")
    store.move(begun, CycleState.SNAPSHOTTING, "Gathering.", at=at(1))
    with pytest.raises(Conflict, match="is snapshotting by now, not triggered"):
        store.move(begun, CycleState.CANCELLED, "Stopped.", at=at(1))
    assert len(store.events("cycle_1")) == 2


def test_a_move_that_is_not_one_of_the_machine_is_refused(store: RetrainingStore) -> None:
    begun = store.begin(cycle(), "Why.")
    with pytest.raises(InvalidTransition, match="is triggered and cannot become promoted"):
        store.move(begun, CycleState.PROMOTED, "No.", at=at(1))


def test_what_belongs_to_a_move_fails_with_it(store: RetrainingStore) -> None:
    begun = store.begin(cycle(), "Why.")

    def refuses(cursor: Cursor) -> None:
        raise Conflict("The slots are elsewhere.")

    with pytest.raises(Conflict, match="slots are elsewhere"):
        store.move(begun, CycleState.SNAPSHOTTING, "Gathering.", at=at(1), also=refuses)
    assert store.cycle("cycle_1") == begun
    assert len(store.events("cycle_1")) == 1


def test_a_promoted_cycle_frees_its_deployment_and_is_still_watched(
    store: RetrainingStore,
) -> None:
    begun = store.begin(cycle(state=CycleState.CANARY), "Why.")
    promoted = store.move(begun, CycleState.PROMOTED, "Champion.", at=at(1))
    assert store.holder("deployment_1") is None
    newer = store.begin(cycle("cycle_2", created_at=at(2)), "More.")
    assert [found.id for found in store.unended()] == ["cycle_1", "cycle_2"]
    store.move(promoted, CycleState.KEPT, "Proved.", at=at(3))
    assert store.holder("deployment_1") == newer.id
    assert [found.id for found in store.unended()] == ["cycle_2"]


def test_a_rollback_is_unproven_until_somebody_tells(store: RetrainingStore) -> None:
    begun = store.begin(cycle(state=CycleState.CANARY), "Why.")
    assert store.unproven() == []
    back = store.move(begun, CycleState.ROLLED_BACK, "Harm.", at=at(1))
    assert store.unproven() == [back]
    store.tell(back, "Verified.", at=at(2), evidence={"served_model": "small"})
    assert store.unproven() == []
    assert store.events("cycle_1")[-1].to_state is CycleState.ROLLED_BACK
    assert store.cycle("cycle_1").updated_at == at(1)


def test_a_note_changes_words_and_writes_no_event(store: RetrainingStore) -> None:
    begun = store.begin(cycle(), "Why.")
    noted = store.note(begun, "Waits for the graphics card.")
    assert store.cycle("cycle_1") == noted
    assert noted.message == "Waits for the graphics card."
    assert len(store.events("cycle_1")) == 1


def test_no_such_cycle(store: RetrainingStore) -> None:
    with pytest.raises(NotFound, match="no cycle cycle_9"):
        store.cycle("cycle_9")


def test_only_a_champion_that_a_person_took_back_counts_as_taken_back(
    database: Database, store: RetrainingStore
) -> None:
    row = LedgerRow(
        deployment_id="deployment_1",
        seq=1,
        action=Action.ROLLBACK,
        slot=Slot.CHAMPION,
        actor="ann",
        reason="Rude.",
        created_at=at(1),
        prev_hash="",
        row_hash="",
    )
    others = [
        row.with_(seq=2, slot=Slot.CANDIDATE),
        row.with_(seq=3, cycle_id="cycle_1"),
        row.with_(seq=4, action=Action.PROMOTE),
    ]
    with database.write() as cursor:
        rows.add_many(cursor, "deployment_ledger", others)
    assert store.taken_back("deployment_1") is None
    later = row.with_(seq=5, created_at=at(9), actor="ben")
    with database.write() as cursor:
        rows.add_many(cursor, "deployment_ledger", [row, later])
    assert store.taken_back("deployment_1") == (at(9), "ben", "Rude.")
