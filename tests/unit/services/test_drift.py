from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from studio.domain.deployments import Action, Deployment, LedgerRow, Slot
from studio.services.drift import DriftService
from studio.store import rows
from studio.store.database import Database
from studio.store.drift import DriftStore

START = datetime(2026, 11, 2, tzinfo=UTC)
DAY = timedelta(days=1)


class Desk:
    def __init__(self) -> None:
        self.database = Database(None)
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.at = START + 14 * DAY
        self.store = DriftStore(self.database)
        self.drift = DriftService(
            self.store,
            lambda event, **told: self.told.append((event, told)),
            clock=lambda: self.at,
        )
        with self.database.write() as cursor:
            made = Deployment(id="dep", project_id="prj", name="a", salt="s", created_at=START)
            rows.add(cursor, "deployments", made, "deployment")

    def ask(
        self,
        count: int,
        start: datetime,
        text: str = "Where?",
        *,
        variant: str = "champion",
        error: str = "",
    ) -> None:
        """Keeps so many questions, one each second."""
        said = json.dumps([{"role": "user", "content": text}])
        with self.database.write() as cursor:
            cursor.execute(
                "INSERT INTO inferences (id, project_id, model_id, model_name, messages, decoding,"
                " output, metadata, created_at, deployment_id, variant, session, error)"
                " SELECT uuid()::VARCHAR, 'prj', 'm', 'M', $1, '{}', 'There.', '{}',"
                " $2::TIMESTAMP + to_seconds(n), 'dep', $3, '', $4 FROM range($5) AS numbers(n)",
                [said, start.replace(tzinfo=None), variant, error, count],
            )

    def levels(self) -> dict[str, str]:
        return {report.feature: report.level for report in self.drift.latest("dep")}


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.database.close()


def test_without_answers_nothing_is_known(desk: Desk) -> None:
    assert {report.level for report in desk.drift.look("dep")} == {"unknown"}
    assert all(report.psi is None for report in desk.drift.latest("dep"))
    assert desk.drift.look("nowhere") == []
    assert desk.drift.psi("dep") is None


def test_the_first_whole_week_is_compared_with_the_last_one(desk: Desk) -> None:
    desk.ask(250, START)
    desk.ask(220, START + 10 * DAY)
    (length,) = [one for one in desk.drift.look("dep") if one.feature == "prompt_length"]
    assert (length.n_reference, length.n_current) == (250, 220)
    assert (length.reference_start, length.reference_end) == (START, START + 7 * DAY)
    assert (length.psi, length.level) == (0, "stable")
    assert set(desk.levels().values()) == {"stable"}
    assert desk.told == []


def test_a_change_is_told_once(desk: Desk) -> None:
    desk.ask(250, START)
    desk.ask(220, START + 10 * DAY, "Где моя посылка, я жду уже давно?")
    desk.drift.look("dep")
    assert desk.levels()["script"] == "act"
    assert desk.levels()["refusal"] == "stable"
    desk.drift.look("dep")
    ((event, told),) = desk.told
    assert (event, told["deployment_id"]) == ("drift", "dep")
    assert "The script of questions has changed" in told["sentence"]
    assert told["details"]["psi_script"] == pytest.approx(18.4, abs=0.1)
    assert desk.drift.psi("dep") == max(report.psi or 0 for report in desk.drift.latest("dep"))


def test_a_young_deployment_is_compared_with_its_first_200(desk: Desk) -> None:
    desk.at = START + 3 * DAY
    desk.ask(200, START)
    desk.ask(150, START + DAY)
    (length,) = [one for one in desk.drift.look("dep") if one.feature == "output_length"]
    assert (length.n_reference, length.n_current, length.psi) == (200, 150, None)
    assert "it takes 200 of each" in length.sentence
    desk.ask(60, START + 2 * DAY)
    assert set(one.level for one in desk.drift.look("dep")) == {"stable"}


def test_shadow_answers_and_errors_do_not_count(desk: Desk) -> None:
    desk.ask(250, START)
    desk.ask(250, START + 9 * DAY, "Shadow", variant="shadow")
    desk.ask(250, START + 10 * DAY, "Errors", error="gone")
    assert {one.n_current for one in desk.drift.look("dep")} == {0}


def test_a_new_champion_begins_a_new_reference(desk: Desk) -> None:
    desk.ask(250, START)
    desk.ask(260, START + 5 * DAY, "A much longer question than before, is it not?")
    promoted = START + 4 * DAY
    row = LedgerRow(
        deployment_id="dep",
        seq=1,
        action=Action.PROMOTE,
        slot=Slot.CHAMPION,
        actor="ada",
        reason="r",
        created_at=promoted,
        prev_hash="0",
        row_hash="1",
    )
    with desk.database.write() as cursor:
        marks = ", ".join("?" for _ in LedgerRow.model_fields)
        cursor.execute(
            f"INSERT INTO deployment_ledger ({rows.names(LedgerRow)}) VALUES ({marks})",
            rows.cells(row),
        )
    found = desk.drift.look("dep")
    assert {one.n_reference for one in found} == {260}
    assert {one.reference_start for one in found} == {promoted}


def test_each_deployment_is_looked_at_once_a_day(desk: Desk) -> None:
    desk.drift.look_where_due()
    first = desk.drift.latest("dep")
    desk.at += DAY / 2
    desk.drift.look_where_due()
    assert desk.drift.latest("dep") == first
    desk.at += DAY / 2
    desk.drift.look_where_due()
    assert desk.drift.latest("dep")[0].created_at == desk.at
