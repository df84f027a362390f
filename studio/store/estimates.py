"""Estimates: what was expected of each work beside what came of it, and speeds tried here."""

from __future__ import annotations

from studio.domain.costing import Estimate, EstimateKind
from studio.domain.sizing import Probe
from studio.store import rows
from studio.store.database import Database


class EstimateStore:
    """Keeps estimates with their actuals, and probes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, estimate: Estimate) -> None:
        """Adds an estimate; the very same one again changes nothing."""
        with self._database.write() as cursor:
            rows.add(cursor, "estimates", estimate, "estimate")

    def save(self, estimate: Estimate) -> None:
        """Writes an estimate that is there; NotFound when there is none."""
        with self._database.write() as cursor:
            rows.get(cursor, Estimate, "estimates", estimate.id, "estimate")
            rows.update(cursor, "estimates", estimate)

    def of(self, subject_id: str, kind: EstimateKind | None = None) -> list[Estimate]:
        """Returns the estimates of one work, of one kind or of all, oldest first."""
        where = "WHERE subject_id = $1 AND ($2 IS NULL OR kind = $2) ORDER BY created_at, id"
        with self._database.read() as cursor:
            cursor.execute(rows.select(Estimate, "estimates", where), [subject_id, kind])
            return rows.values(cursor, Estimate)

    def all(self, project_id: str | None = None) -> list[Estimate]:
        """Returns the estimates of one project, or of all, newest first."""
        where = "WHERE $1 IS NULL OR project_id = $1 ORDER BY created_at DESC, id"
        with self._database.read() as cursor:
            cursor.execute(rows.select(Estimate, "estimates", where), [project_id])
            return rows.values(cursor, Estimate)

    def family(self, kind: EstimateKind, family: str) -> list[Estimate]:
        """Returns a family's estimates that have an actual, oldest first."""
        where = "WHERE kind = $1 AND family = $2 AND actual IS NOT NULL ORDER BY created_at, id"
        with self._database.read() as cursor:
            cursor.execute(rows.select(Estimate, "estimates", where), [kind, family])
            return rows.values(cursor, Estimate)

    def add_probe(self, probe: Probe) -> None:
        """Adds a speed that was tried."""
        with self._database.write() as cursor:
            rows.add(cursor, "probes", probe, "probe")

    def probes(self) -> list[Probe]:
        """Returns the speeds tried here, newest first."""
        with self._database.read() as cursor:
            sql = rows.select(Probe, "probes", 'ORDER BY "at" DESC, id')
            return rows.values(cursor.execute(sql), Probe)
