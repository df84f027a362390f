"""Thresholds: a project's own numbers for the rules, where it has any."""

from __future__ import annotations

from studio.domain.thresholds import ThresholdEdit
from studio.store import rows
from studio.store.database import Database


class ThresholdStore:
    """Keeps one number for each threshold that a project changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, project_id: str) -> dict[str, ThresholdEdit]:
        """Returns name → what was put in for it."""
        with self._database.read() as cursor:
            sql = rows.select(
                ThresholdEdit, "threshold_edits", "WHERE project_id = ? ORDER BY name"
            )
            found = rows.values(cursor.execute(sql, [project_id]), ThresholdEdit)
        return {edit.name: edit for edit in found}

    def keep(self, edit: ThresholdEdit) -> None:
        """Keeps a number in place of an earlier one of the same name."""
        marks = ", ".join("?" for _ in ThresholdEdit.model_fields)
        with self._database.write() as cursor:
            cursor.execute(
                f"INSERT OR REPLACE INTO threshold_edits ({rows.names(ThresholdEdit)})"
                f" VALUES ({marks})",
                rows.cells(edit),
            )

    def remove(self, project_id: str, name: str) -> None:
        """Takes a number back; without one nothing changes."""
        with self._database.write() as cursor:
            cursor.execute(
                "DELETE FROM threshold_edits WHERE project_id = ? AND name = ?", [project_id, name]
            )
