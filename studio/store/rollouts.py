"""Rollouts: candidates on their way, every look at them, and what was seen of each arm."""

from __future__ import annotations

from datetime import datetime

from studio.domain.rollouts import Arm, Rollout, RolloutCheck
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database

TIMED = 30
"""Answers with a known time from which on a 95th percentile is told."""

_RATED = """
    SELECT arg_max(thumb_up, (created_at, id)) FROM feedback
    WHERE thumb_up IS NOT NULL AND inference_id IN (
        SELECT id FROM inferences
        WHERE deployment_id = $1 AND revision_id = $2 AND variant <> 'shadow'
          AND ($3 IS NULL OR created_at >= $3) AND ($4 IS NULL OR created_at < $4))
    GROUP BY inference_id ORDER BY min(created_at), inference_id
"""


class RolloutStore:
    """Keeps rollouts and their checks; reads what the arms did."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, cursor: Cursor, rollout: Rollout) -> None:
        """Adds a rollout, or writes all of it again, as a part of what somebody else writes."""
        known = cursor.execute("SELECT count(*) FROM rollouts WHERE id = ?", [rollout.id]).scalar()
        if known:
            rows.update(cursor, "rollouts", rollout)
        else:
            rows.add(cursor, "rollouts", rollout, "rollout")

    def get(self, id: str) -> Rollout:
        """Returns a rollout or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, Rollout, "rollouts", id, "rollout")

    def add_check(self, check: RolloutCheck) -> None:
        """Adds one look."""
        with self._database.write() as cursor:
            self.write_check(cursor, check)

    def write_check(self, cursor: Cursor, check: RolloutCheck) -> None:
        """Adds one look as a part of what somebody else writes."""
        marks = ", ".join("?" for _ in RolloutCheck.model_fields)
        cursor.execute(
            f"INSERT INTO rollout_checks ({rows.names(RolloutCheck)}) VALUES ({marks})"
            " ON CONFLICT DO NOTHING",
            rows.cells(check),
        )

    def checks(self, rollout_id: str) -> list[RolloutCheck]:
        """Returns all looks at a rollout, oldest first."""
        with self._database.read() as cursor:
            where = 'WHERE rollout_id = ? ORDER BY "at"'
            sql = rows.select(RolloutCheck, "rollout_checks", where)
            return rows.values(cursor.execute(sql, [rollout_id]), RolloutCheck)

    def last_check(self, rollout_id: str) -> RolloutCheck | None:
        """Returns the latest look, None before the first."""
        with self._database.read() as cursor:
            where = 'WHERE rollout_id = ? ORDER BY "at" DESC LIMIT 1'
            sql = rows.select(RolloutCheck, "rollout_checks", where)
            return rows.value(cursor.execute(sql, [rollout_id]), RolloutCheck)

    def ratings(
        self,
        deployment_id: str,
        revision_id: str,
        *,
        since: datetime | None = None,
        before: datetime | None = None,
    ) -> list[bool]:
        """Returns the last word on every rated answer, in the order in which they were rated.

        One answer counts once, however many people rated it: what is compared are answers.
        """
        given = [deployment_id, revision_id, rows.cell(since), rows.cell(before)]
        with self._database.read() as cursor:
            cursor.execute(_RATED, given)
            return [bool(up) for (up,) in cursor.fetchall()]

    def arm(
        self,
        deployment_id: str,
        revision_id: str,
        *,
        since: datetime,
        shadow: bool = False,
    ) -> Arm:
        """Returns what one revision did since a moment; its shadow answers, or those shown."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT count(*), count(*) FILTER (error <> ''),"
                " count(seconds) FILTER (error = ''),"
                " quantile_cont(seconds, 0.95) FILTER (error = '')"
                " FROM inferences WHERE deployment_id = $1"
                " AND revision_id = $2 AND created_at >= $3 AND (variant = 'shadow') = $4",
                [deployment_id, revision_id, rows.cell(since), shadow],
            )
            answers, errors, timed, p95 = cursor.fetchone() or (0, 0, 0, None)
        thumbs = [] if shadow else self.ratings(deployment_id, revision_id, since=since)
        return Arm(
            answers=answers,
            errors=errors,
            rated=len(thumbs),
            up=sum(thumbs),
            p95_seconds=p95 if timed >= TIMED else None,
        )
