"""Retraining: cycles, each move one transaction with its event and its lock on the deployment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from studio.domain.deployments import Evidence
from studio.domain.errors import Conflict
from studio.domain.jobs import TERMINAL, JobStatus
from studio.domain.retraining import (
    BEFORE_PROMOTED,
    ENDED,
    CycleEvent,
    CycleState,
    RetrainCycle,
)
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database


class RetrainingStore:
    """Keeps cycles, what moved them, and which deployment is taken by which."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, cycle: RetrainCycle, message: str) -> RetrainCycle:
        """Adds a cycle with the next number of its deployment, and takes the deployment.

        Raises:
            Conflict: when another cycle of the deployment is under way.
        """
        with self._database.write() as cursor:
            return self.write_begin(cursor, cycle, message)

    def write_begin(self, cursor: Cursor, cycle: RetrainCycle, message: str) -> RetrainCycle:
        """Does what `begin` does as a part of what somebody else writes."""
        cursor.execute(
            "INSERT INTO cycle_locks VALUES (?, ?) ON CONFLICT DO NOTHING",
            [cycle.deployment_id, cycle.id],
        )
        held = _holder(cursor, cycle.deployment_id)
        if held != cycle.id:
            raise Conflict(
                f"Cycle {held} of this deployment is still under way.",
                hint="Wait for its end, or cancel it first.",
            )
        last = cursor.execute(
            "SELECT max(number) FROM retrain_cycles WHERE deployment_id = ? AND id <> ?",
            [cycle.deployment_id, cycle.id],
        ).scalar()
        numbered = cycle.with_(number=(last or 0) + 1, message=message)
        rows.add(cursor, "retrain_cycles", numbered, "cycle")
        _write_event(cursor, numbered, None, cycle.actor, message, cycle.evidence)
        return numbered

    def move(
        self,
        cycle: RetrainCycle,
        to: CycleState,
        message: str,
        *,
        at: datetime,
        actor: str = "flywheel",
        evidence: Evidence | None = None,
        also: Callable[[Cursor], None] = lambda cursor: None,
        **changes: Any,
    ) -> RetrainCycle:
        """Moves a cycle that is still where the caller saw it; `also` is the same transaction.

        Raises:
            Conflict: when somebody else has moved it meanwhile.
            InvalidTransition: when there is no such move.
        """
        with self._database.write() as cursor:
            also(cursor)
            return self.write_move(
                cursor, cycle, to, message, at=at, actor=actor, evidence=evidence, **changes
            )

    def write_move(
        self,
        cursor: Cursor,
        cycle: RetrainCycle,
        to: CycleState,
        message: str,
        *,
        at: datetime,
        actor: str = "flywheel",
        evidence: Evidence | None = None,
        **changes: Any,
    ) -> RetrainCycle:
        """Does what `move` does as a part of what somebody else writes."""
        kept = self._unmoved(cursor, cycle)
        moved = kept.moved_to(to, message=message, updated_at=at, **changes)
        rows.update(cursor, "retrain_cycles", moved)
        _write_event(cursor, moved, kept.state, actor, message, evidence or {})
        if to not in BEFORE_PROMOTED:
            cursor.execute(
                "DELETE FROM cycle_locks WHERE deployment_id = ? AND cycle_id = ?",
                [moved.deployment_id, moved.id],
            )
        return moved

    def tell(
        self,
        cycle: RetrainCycle,
        message: str,
        *,
        at: datetime,
        actor: str = "flywheel",
        evidence: Evidence | None = None,
        **changes: Any,
    ) -> RetrainCycle:
        """Adds an event of a cycle that stays where it is, and changes other fields of it."""
        with self._database.write() as cursor:
            return self.write_tell(
                cursor, cycle, message, at=at, actor=actor, evidence=evidence, **changes
            )

    def write_tell(
        self,
        cursor: Cursor,
        cycle: RetrainCycle,
        message: str,
        *,
        at: datetime,
        actor: str = "flywheel",
        evidence: Evidence | None = None,
        **changes: Any,
    ) -> RetrainCycle:
        """Does what `tell` does as a part of what somebody else writes."""
        kept = self._unmoved(cursor, cycle)
        told = kept.with_(message=message, **changes)
        rows.update(cursor, "retrain_cycles", told)
        dated = told.with_(updated_at=at)
        _write_event(cursor, dated, kept.state, actor, message, evidence or {})
        return told

    def together(self, write: Callable[[Cursor], object]) -> None:
        """Runs what `write` does as one transaction."""
        with self._database.write() as cursor:
            write(cursor)

    def note(self, cycle: RetrainCycle, message: str, **changes: Any) -> RetrainCycle:
        """Says what a cycle waits for, without an event; saying it again writes nothing."""
        if cycle == cycle.with_(message=message, **changes):
            return cycle
        with self._database.write() as cursor:
            noted = self._unmoved(cursor, cycle).with_(message=message, **changes)
            rows.update(cursor, "retrain_cycles", noted)
            return noted

    def cycle(self, id: str) -> RetrainCycle:
        """Returns a cycle or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, RetrainCycle, "retrain_cycles", id, "cycle")

    def cycles(self, deployment_id: str | None = None) -> list[RetrainCycle]:
        """Returns the cycles of one deployment, or of all, newest first."""
        with self._database.read() as cursor:
            where = "WHERE $1 IS NULL OR deployment_id = $1 ORDER BY created_at DESC, number DESC"
            sql = rows.select(RetrainCycle, "retrain_cycles", where)
            return rows.values(cursor.execute(sql, [deployment_id]), RetrainCycle)

    def unended(self) -> list[RetrainCycle]:
        """Returns the cycles that have a way on, those in their bake too, oldest first."""
        with self._database.read() as cursor:
            where = "WHERE state NOT IN (SELECT unnest(?)) ORDER BY created_at, id"
            sql = rows.select(RetrainCycle, "retrain_cycles", where)
            ended = [state.value for state in ENDED]
            return rows.values(cursor.execute(sql, [ended]), RetrainCycle)

    def unproven(self) -> list[RetrainCycle]:
        """Returns the cycles that were rolled back and of which that was not verified yet."""
        with self._database.read() as cursor:
            where = (
                "WHERE state = 'rolled_back' AND id IN (SELECT cycle_id FROM cycle_events"
                " WHERE to_state = 'rolled_back' GROUP BY cycle_id HAVING count(*) = 1)"
                " ORDER BY created_at, id"
            )
            sql = rows.select(RetrainCycle, "retrain_cycles", where)
            return rows.values(cursor.execute(sql), RetrainCycle)

    def unstopped(self) -> list[RetrainCycle]:
        """Returns the cycles that somebody stopped and whose training goes on nevertheless."""
        with self._database.read() as cursor:
            where = (
                "WHERE state IN ('cancelled', 'superseded') AND job_id IN (SELECT id FROM jobs"
                " WHERE status NOT IN (SELECT unnest(?))) ORDER BY created_at, id"
            )
            sql = rows.select(RetrainCycle, "retrain_cycles", where)
            over = [*(status.value for status in TERMINAL), JobStatus.CANCELLING.value]
            return rows.values(cursor.execute(sql, [over]), RetrainCycle)

    def holder(self, deployment_id: str) -> str | None:
        """Returns the cycle that holds a deployment, None when a cycle may begin."""
        with self._database.read() as cursor:
            return _holder(cursor, deployment_id)

    def events(self, cycle_id: str) -> list[CycleEvent]:
        """Returns the moves of a cycle, oldest first."""
        with self._database.read() as cursor:
            sql = rows.select(CycleEvent, "cycle_events", "WHERE cycle_id = ? ORDER BY seq")
            return rows.values(cursor.execute(sql, [cycle_id]), CycleEvent)

    def last_ended(self, deployment_id: str) -> datetime | None:
        """Returns when a cycle last freed the deployment; the end of a watch frees nothing."""
        freed = [s.value for s in CycleState if s not in BEFORE_PROMOTED | {CycleState.KEPT}]
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT max(moved.created_at) FROM cycle_events AS moved"
                " JOIN retrain_cycles AS cycle ON cycle.id = moved.cycle_id"
                " WHERE cycle.deployment_id = ? AND moved.to_state IN (SELECT unnest(?))"
                " AND moved.from_state IS DISTINCT FROM moved.to_state",
                [deployment_id, freed],
            )
            last: datetime | None = cursor.scalar()
            return None if last is None else last.replace(tzinfo=UTC)

    def taken_back(self, deployment_id: str) -> tuple[datetime, str, str] | None:
        """Returns when a person last brought a champion's predecessor back, who, and why."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT created_at, actor, reason FROM deployment_ledger WHERE deployment_id = ?"
                " AND action = 'rollback' AND slot = 'champion' AND cycle_id IS NULL"
                " ORDER BY seq DESC LIMIT 1",
                [deployment_id],
            )
            found = cursor.fetchone()
            return None if found is None else (found[0].replace(tzinfo=UTC), found[1], found[2])

    def learnt(self, cycle_id: str) -> dict[str, int]:
        """Returns how many corrected questions a cycle took, by part: `train`, `holdout`."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT part, count(DISTINCT prompt_hash) FROM curated_corrections"
                " WHERE cycle_id = ? GROUP BY part",
                [cycle_id],
            )
            return dict(cursor.fetchall())

    @staticmethod
    def _unmoved(cursor: Cursor, cycle: RetrainCycle) -> RetrainCycle:
        kept = rows.get(cursor, RetrainCycle, "retrain_cycles", cycle.id, "cycle")
        if kept.state is not cycle.state:
            raise Conflict(
                f"Cycle {cycle.id} is {kept.state} by now, not {cycle.state}.",
                hint="Reload the page to see its present state.",
            )
        return kept


def _holder(cursor: Cursor, deployment_id: str) -> str | None:
    cursor.execute("SELECT cycle_id FROM cycle_locks WHERE deployment_id = ?", [deployment_id])
    held: str | None = cursor.scalar()
    return held


def _write_event(
    cursor: Cursor,
    cycle: RetrainCycle,
    before: CycleState | None,
    actor: str,
    message: str,
    evidence: Evidence,
) -> None:
    last = cursor.execute(
        "SELECT max(seq) FROM cycle_events WHERE cycle_id = ?", [cycle.id]
    ).scalar()
    event = CycleEvent(
        cycle_id=cycle.id,
        seq=(last or 0) + 1,
        from_state=before,
        to_state=cycle.state,
        actor=actor,
        message=message,
        evidence=evidence,
        created_at=cycle.updated_at,
    )
    marks = ", ".join("?" for _ in CycleEvent.model_fields)
    cursor.execute(
        f"INSERT INTO cycle_events ({rows.names(CycleEvent)}) VALUES ({marks})"
        " ON CONFLICT DO NOTHING",
        rows.cells(event),
    )
