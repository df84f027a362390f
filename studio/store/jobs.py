"""Jobs: training runs, moved by compare-and-set, and the events they report."""

from __future__ import annotations

from collections.abc import Sequence

from studio.domain.errors import Conflict, InvalidTransition
from studio.domain.jobs import MOVES, Event, Job, JobStatus
from studio.store import rows
from studio.store.database import Database


class JobStore:
    """Keeps jobs and their events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, job: Job) -> None:
        """Adds a job."""
        with self._database.write() as cursor:
            rows.add(cursor, "jobs", job, "job")

    def get(self, id: str) -> Job:
        """Returns a job or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, Job, "jobs", id, "job")

    def all(self, project_id: str | None = None) -> list[Job]:
        """Returns the jobs of one project, or of all, newest first."""
        with self._database.read() as cursor:
            where = "WHERE $1 IS NULL OR project_id = $1 ORDER BY created_at DESC, id"
            sql = rows.select(Job, "jobs", where)
            return rows.values(cursor.execute(sql, [project_id]), Job)

    def save(self, job: Job, expected: JobStatus) -> None:
        """Writes the job if its kept status is still the expected one.

        Raises:
            InvalidTransition: when the status cannot follow the expected one.
            Conflict: when somebody else has moved the job meanwhile.
            NotFound: when there is no such job.
        """
        if job.status is not expected and job.status not in MOVES[expected]:
            raise InvalidTransition(
                f"Job {job.id} is {expected} and cannot become {job.status}.",
                hint="Reload the page to see its present state.",
            )
        with self._database.write() as cursor:
            kept = rows.get(cursor, Job, "jobs", job.id, "job")
            if kept == job:
                return  # The same words again, for example after a reopened database.
            if kept.status is not expected:
                raise Conflict(
                    f"Job {job.id} is {kept.status} by now, not {expected}.",
                    hint="Reload the page to see its present state.",
                )
            rows.update(cursor, "jobs", job)

    def add_events(self, job_id: str, events: Sequence[Event]) -> None:
        """Adds news of a job; numbers that are there already are left as they are."""
        if not events:
            return
        with self._database.write() as cursor:
            rows.get(cursor, Job, "jobs", job_id, "job")
            rows.add_missing(cursor, "events", "job_id", [job_id] * len(events), events)

    def events(
        self, job_id: str, after: int = 0, limit: int = 1000, kind: str | None = None
    ) -> list[Event]:
        """Returns the events numbered above `after`, oldest first, of one kind or of all."""
        where = "WHERE job_id = $1 AND n > $2 AND ($3 IS NULL OR kind = $3) ORDER BY n LIMIT $4"
        with self._database.read() as cursor:
            cursor.execute(rows.select(Event, "events", where), [job_id, after, kind, limit])
            return rows.values(cursor, Event)

    def latest_events(self, job_id: str, below: int | None, limit: int) -> list[Event]:
        """Returns the events numbered below `below`, or the last ones, newest first."""
        where = "WHERE job_id = $1 AND ($2 IS NULL OR n < $2) ORDER BY n DESC LIMIT $3"
        with self._database.read() as cursor:
            cursor.execute(rows.select(Event, "events", where), [job_id, below, limit])
            return rows.values(cursor, Event)

    def last_event_number(self, job_id: str) -> int:
        """Returns the highest number kept, 0 when there is none."""
        with self._database.read() as cursor:
            found = cursor.execute("SELECT max(n) FROM events WHERE job_id = ?", [job_id]).scalar()
            return int(found or 0)
