"""Assumptions: what people put in for the numbers that a project's business case rests on."""

from __future__ import annotations

from studio.domain.costing import AssumptionEdit
from studio.store import rows
from studio.store.database import Database


class AssumptionStore:
    """Keeps edited assumptions, one for each key of a project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, project_id: str) -> dict[str, AssumptionEdit]:
        """Returns key → what was put in for it."""
        with self._database.read() as cursor:
            sql = rows.select(
                AssumptionEdit, "assumption_edits", "WHERE project_id = ? ORDER BY key"
            )
            found = rows.values(cursor.execute(sql, [project_id]), AssumptionEdit)
        return {edit.key: edit for edit in found}

    def keep(self, edit: AssumptionEdit) -> None:
        """Keeps an edit in place of an earlier one of the same key."""
        marks = ", ".join("?" for _ in AssumptionEdit.model_fields)
        with self._database.write() as cursor:
            cursor.execute(
                f"INSERT OR REPLACE INTO assumption_edits ({rows.names(AssumptionEdit)})"
                f" VALUES ({marks})",
                rows.cells(edit),
            )

    def remove(self, project_id: str, key: str) -> None:
        """Takes an edit back; without one nothing changes."""
        with self._database.write() as cursor:
            cursor.execute(
                "DELETE FROM assumption_edits WHERE project_id = ? AND key = ?", [project_id, key]
            )
