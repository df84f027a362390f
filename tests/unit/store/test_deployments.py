"""A change of slots, its ledger row and what goes with it: all of it, or nothing."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from studio.core.feedback import ledger
from studio.domain.deployments import Action, Deployment, LedgerRow, Revision, Slot
from studio.domain.errors import Conflict, NotFound
from studio.store.cursor import Cursor
from studio.store.database import Database
from studio.store.deployments import DeploymentStore, Row, nothing_else
from tests.unit.store.cycles import NOON


def revision(number: int, of: str = "deployment_1") -> Revision:
    return Revision(
        id=f"{of}_r{number}",
        deployment_id=of,
        number=number,
        name=f"v{number}",
        model_id="base",
        created_at=NOON,
    )


def deployment(id: str = "deployment_1", name: str = "router") -> Deployment:
    return Deployment(
        id=id,
        project_id="project_1",
        name=name,
        salt="salt",
        slots={Slot.CHAMPION: f"{id}_r1"},
        seq=1,
        created_at=NOON,
    )


def row(reason: str = "why", **given: object) -> Row:
    made = LedgerRow(
        deployment_id="deployment_1",
        seq=0,
        action=Action.PROMOTE,
        slot=Slot.CHAMPION,
        actor="ada",
        reason=reason,
        created_at=NOON,
        prev_hash="",
        row_hash="",
        **given,  # type: ignore[arg-type]
    )
    return partial(ledger.sealed, made)


@pytest.fixture
def store(database: Database) -> DeploymentStore:
    kept = DeploymentStore(database)
    kept.add(deployment(), revision(1), row("made"), nothing_else)
    return kept


def test_what_was_kept_comes_back(store: DeploymentStore) -> None:
    assert store.get("deployment_1") == store.named("router") == deployment()
    assert store.all("project_1") == [deployment()] and store.all("project_2") == []
    assert store.revisions("deployment_1") == [revision(1)]
    assert store.named("gone") is None
    with pytest.raises(NotFound):
        store.get("gone")


def test_a_name_is_given_once(store: DeploymentStore) -> None:
    again = deployment("deployment_2")
    with pytest.raises(Conflict, match="already is a deployment called router"):
        store.add(again, revision(1, "deployment_2"), row(), nothing_else)
    assert [one.id for one in store.all()] == ["deployment_1"]


def test_revisions_are_numbered_and_the_same_id_is_the_same_one(store: DeploymentStore) -> None:
    second = store.add_revision(revision(9))
    assert second.number == 2
    assert store.add_revision(revision(9).with_(name="other")) == second
    assert [one.number for one in store.revisions("deployment_1")] == [2, 1]


def test_every_change_adds_a_row_to_the_chain(store: DeploymentStore) -> None:
    before = store.get("deployment_1")
    for n in range(3):
        after = before.with_(slots={**before.slots, Slot.SHADOW: f"r{n}"}, share=0.1 * n)
        before = store.move(before, after, row(f"step {n}", evidence={"p": 0.1 + n, "x": None}))
    rows = store.ledger("deployment_1")
    assert [one.seq for one in rows] == [1, 2, 3, 4]
    assert ledger.first_broken(rows, store.get("deployment_1").seq) is None
    assert store.get("deployment_1") == before and before.share == pytest.approx(0.2)


def test_who_saw_an_older_state_changes_nothing(store: DeploymentStore) -> None:
    seen = store.get("deployment_1")
    moved = store.move(seen, seen.with_(share=0.5), row())
    with pytest.raises(Conflict, match="changed by somebody else"):
        store.move(seen, seen.with_(share=0.9), row())
    assert store.get("deployment_1") == moved and len(store.ledger("deployment_1")) == 2


def test_what_goes_with_a_change_is_the_same_transaction(
    store: DeploymentStore, database: Database
) -> None:
    seen = store.get("deployment_1")
    store.add_revision(revision(2))

    def refuse(cursor: Cursor) -> None:
        raise Conflict("The cycle has moved on.")

    with pytest.raises(Conflict, match="moved on"):
        store.move(
            seen,
            seen.with_(share=1),
            row(),
            quarantined="deployment_1_r2",
            also=refuse,
        )
    assert store.get("deployment_1") == seen
    assert len(store.ledger("deployment_1")) == 1
    assert not store.revision("deployment_1_r2").quarantined

    def note(cursor: Cursor) -> None:
        cursor.execute("UPDATE deployments SET description = 'together'")

    store.move(seen, seen.with_(share=1), row(), quarantined="deployment_1_r2", also=note)
    assert store.get("deployment_1").description == "together"
    assert store.revision("deployment_1_r2").quarantined


def test_words_are_changed_without_touching_who_answers(store: DeploymentStore) -> None:
    seen = store.get("deployment_1")
    store.move(seen, seen.with_(share=0.5), row())
    store.describe(seen.with_(description="Sorts tickets.", may_train=False, link="secret"))
    kept = store.get("deployment_1")
    assert (kept.share, kept.seq) == (0.5, 2)
    assert (kept.description, kept.may_train) == ("Sorts tickets.", False)
    assert store.by_link("secret") == kept
    assert store.by_link("other") is None and store.by_link("") is None


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE deployment_ledger SET reason = 'nothing happened' WHERE seq = 2",
        "UPDATE deployment_ledger SET evidence = '{\"p\": 0.5}' WHERE seq = 2",
        "UPDATE deployment_ledger SET created_at = created_at + INTERVAL 1 MICROSECOND"
        " WHERE seq = 2",
        "DELETE FROM deployment_ledger WHERE seq = 2",
    ],
)
def test_a_row_changed_on_disk_is_found_after_a_restart(tmp_path: Path, forgery: str) -> None:
    path = tmp_path / "studio.duckdb"
    with Database(path) as database:
        kept = DeploymentStore(database)
        kept.add(deployment(), revision(1), row("made"), nothing_else)
        for share in (0.1, 0.2):
            seen = kept.get("deployment_1")
            kept.move(seen, seen.with_(share=share), row(evidence={"p": 0.05}))
    with Database(path) as database:
        kept = DeploymentStore(database)
        assert ledger.first_broken(kept.ledger("deployment_1"), 3) is None
        with database.write() as cursor:
            cursor.execute(forgery)
        assert ledger.first_broken(kept.ledger("deployment_1"), 3) == 2


def test_slots_are_told_with_what_they_hold(store: DeploymentStore) -> None:
    ((found, held),) = store.in_slots()
    assert found.name == "router" and held == revision(1)
