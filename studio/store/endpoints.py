"""Endpoints: servers that speak the OpenAI wire, each name once; their keys are kept elsewhere."""

from __future__ import annotations

from studio.domain.endpoints import Endpoint
from studio.domain.errors import Conflict, NotFound
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database


class EndpointStore:
    """Keeps endpoints."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Endpoint]:
        """Returns all endpoints by name."""
        with self._database.read() as cursor:
            sql = rows.select(Endpoint, "endpoints", "ORDER BY name")
            return rows.values(cursor.execute(sql), Endpoint)

    def add(self, endpoint: Endpoint) -> None:
        """Adds an endpoint; Conflict when its name is taken."""
        with self._database.write() as cursor:
            self._refuse_taken(cursor, endpoint)
            rows.add(cursor, "endpoints", endpoint, "endpoint")

    def save(self, endpoint: Endpoint) -> None:
        """Writes an endpoint that is there; NotFound, or Conflict when its new name is taken."""
        with self._database.write() as cursor:
            rows.get(cursor, Endpoint, "endpoints", endpoint.id, "endpoint")
            self._refuse_taken(cursor, endpoint)
            rows.update(cursor, "endpoints", endpoint)

    def remove(self, name: str) -> None:
        """Removes an endpoint; NotFound when there is none of that name."""
        with self._database.write() as cursor:
            found = cursor.execute("SELECT count(*) FROM endpoints WHERE name = ?", [name]).scalar()
            if not found:
                raise NotFound(f"There is no endpoint {name}.")
            cursor.execute("DELETE FROM endpoints WHERE name = ?", [name])

    def _refuse_taken(self, cursor: Cursor, endpoint: Endpoint) -> None:
        sql = "SELECT count(*) FROM endpoints WHERE name = ? AND id <> ?"
        if cursor.execute(sql, [endpoint.name, endpoint.id]).scalar():
            raise Conflict(
                f"There already is an endpoint {endpoint.name}.", hint="Choose another name."
            )
