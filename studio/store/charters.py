"""Charters: every version of what was agreed with a client."""

from __future__ import annotations

from studio.domain.charters import Charter
from studio.domain.errors import Conflict
from studio.store import rows
from studio.store.database import Database


class CharterStore:
    """Keeps charters; a signed one is never written again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, charter: Charter) -> None:
        """Adds a version; Conflict when the project has one of that number already."""
        with self._database.write() as cursor:
            sql = "SELECT count(*) FROM charters WHERE project_id = ? AND number = ? AND id <> ?"
            if cursor.execute(sql, [charter.project_id, charter.number, charter.id]).scalar():
                raise Conflict(
                    f"The project already has a charter {charter.number}.",
                    hint="Reload to see the newest version.",
                )
            rows.add(cursor, "charters", charter, "charter")

    def save(self, charter: Charter) -> None:
        """Writes a draft, signing it included.

        Raises:
            NotFound: when there is no such charter.
            Conflict: when the kept one is signed.
        """
        with self._database.write() as cursor:
            kept = rows.get(cursor, Charter, "charters", charter.id, "charter")
            if kept.signed is not None:
                raise Conflict(
                    f"Charter {kept.number} is signed and does not change any more.",
                    hint="Reload; an edit begins the next version.",
                )
            rows.update(cursor, "charters", charter)

    def all(self, project_id: str) -> list[Charter]:
        """Returns a project's charters, newest version first."""
        with self._database.read() as cursor:
            sql = rows.select(Charter, "charters", "WHERE project_id = ? ORDER BY number DESC")
            return rows.values(cursor.execute(sql, [project_id]), Charter)
