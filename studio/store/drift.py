"""Drift: the answers of a window to be compared, and what came of comparing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from studio.domain.monitoring import DriftReport
from studio.store import rows
from studio.store.database import Database

_SHOWN = (
    "FROM inferences WHERE deployment_id = $1 AND error = ''"
    " AND coalesce(variant, '') <> 'shadow' AND created_at >= $2"
)


class Asked(NamedTuple):
    """One question as the client sent it, and what was answered."""

    contents: tuple[str, ...]
    """What was said before the answer, oldest first."""
    output: str


class DriftStore:
    """Keeps reports; reads samples of answers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def deployments(self) -> list[str]:
        """Returns the ids of all deployments."""
        with self._database.read() as cursor:
            cursor.execute("SELECT id FROM deployments ORDER BY created_at, id")
            return [id for (id,) in cursor.fetchall()]

    def champion_since(self, deployment_id: str) -> datetime | None:
        """Returns when the present champion took its place; None without a deployment."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT coalesce((SELECT max(created_at) FROM deployment_ledger"
                " WHERE deployment_id = $1 AND slot = 'champion'), created_at)"
                " FROM deployments WHERE id = $1",
                [deployment_id],
            )
            found = cursor.scalar()
        return None if found is None else found.replace(tzinfo=UTC)

    def count(self, deployment_id: str, start: datetime, end: datetime) -> int:
        """Returns how many answers were shown in a window."""
        with self._database.read() as cursor:
            given = [deployment_id, rows.cell(start), rows.cell(end)]
            cursor.execute(f"SELECT count(*) {_SHOWN} AND created_at < $3", given)
            return int(cursor.scalar())

    def moment_of(self, deployment_id: str, start: datetime, number: int) -> datetime | None:
        """Returns when the so many-th answer since a moment was given; None when there is none."""
        with self._database.read() as cursor:
            cursor.execute(
                f"SELECT created_at {_SHOWN} ORDER BY created_at, id LIMIT 1 OFFSET $3 - 1",
                [deployment_id, rows.cell(start), number],
            )
            found = cursor.scalar()
        return None if found is None else found.replace(tzinfo=UTC)

    def sample(self, deployment_id: str, start: datetime, end: datetime, most: int) -> list[Asked]:
        """Returns the answers of a window; of more than `most`, the same ones each time."""
        with self._database.read() as cursor:
            cursor.execute(
                f"SELECT messages, output {_SHOWN} AND created_at < $3"
                " ORDER BY md5(id), id LIMIT $4",
                [deployment_id, rows.cell(start), rows.cell(end), most],
            )
            return [
                Asked(tuple(turn["content"] for turn in json.loads(messages)), output)
                for messages, output in cursor.fetchall()
            ]

    def add(self, reports: Sequence[DriftReport]) -> None:
        """Adds reports, all or none."""
        with self._database.write() as cursor:
            for report in reports:
                rows.add(cursor, "drift_reports", report, "report")

    def latest(self, deployment_id: str) -> list[DriftReport]:
        """Returns the newest report of each feature, by its name."""
        with self._database.read() as cursor:
            where = (
                "WHERE deployment_id = ? QUALIFY row_number() OVER"
                " (PARTITION BY feature ORDER BY created_at DESC, id) = 1 ORDER BY feature"
            )
            sql = rows.select(DriftReport, "drift_reports", where)
            return rows.values(cursor.execute(sql, [deployment_id]), DriftReport)
