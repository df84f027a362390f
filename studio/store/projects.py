"""Projects: the engagements, kept by unique name."""

from __future__ import annotations

from studio.domain.errors import Conflict
from studio.domain.projects import Project
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database


class ProjectStore:
    """Keeps projects."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, project: Project) -> None:
        """Adds a project; Conflict when its name is taken."""
        with self._database.write() as cursor:
            _refuse_taken_name(cursor, project)
            rows.add(cursor, "projects", project, "project")

    def update(self, project: Project) -> None:
        """Replaces name and description; Conflict when the name is another project's."""
        with self._database.write() as cursor:
            rows.get(cursor, Project, "projects", project.id, "project")
            _refuse_taken_name(cursor, project)
            rows.update(cursor, "projects", project)

    def rename(self, id: str, name: str) -> None:
        """Gives a project another name; Conflict when it is taken."""
        self.update(self.get(id).with_(name=name))

    def get(self, id: str) -> Project:
        """Returns a project or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, Project, "projects", id, "project")

    def by_name(self, name: str) -> Project | None:
        """Returns the project of that name, or None."""
        with self._database.read() as cursor:
            sql = rows.select(Project, "projects", "WHERE name = ?")
            return rows.value(cursor.execute(sql, [name]), Project)

    def all(self) -> list[Project]:
        """Returns all projects, oldest first."""
        with self._database.read() as cursor:
            sql = rows.select(Project, "projects", "ORDER BY created_at, id")
            return rows.values(cursor.execute(sql), Project)


def _refuse_taken_name(cursor: Cursor, project: Project) -> None:
    sql = "SELECT count(*) FROM projects WHERE name = ? AND id <> ?"
    if cursor.execute(sql, [project.name, project.id]).scalar():
        raise Conflict(
            f"There already is a project called “{project.name}”.", hint="Choose another name."
        )
