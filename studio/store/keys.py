"""Keys: what programs' keys are recognised by, and who must show one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from studio.domain.keys import Access, ApiKey, KeptKey
from studio.store import rows
from studio.store.database import Database


class ApiKeyStore:
    """Keeps keys without the keys themselves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[KeptKey]:
        """Returns all keys, newest first, revoked ones too."""
        with self._database.read() as cursor:
            sql = rows.select(KeptKey, "api_keys", "ORDER BY created_at DESC, id")
            return rows.values(cursor.execute(sql), KeptKey)

    def add(self, key: KeptKey) -> None:
        """Adds a key."""
        with self._database.write() as cursor:
            rows.add(cursor, "api_keys", key, "key")

    def revoke(self, id: str, at: datetime | None) -> ApiKey:
        """Notes when a key was revoked, None to take that back; NotFound when there is none."""
        with self._database.write() as cursor:
            found = rows.get(cursor, KeptKey, "api_keys", id, "key")
            changed = found.with_(revoked_at=at)
            rows.update(cursor, "api_keys", changed)
        return ApiKey.model_validate(changed.model_dump(exclude={"digest"}))

    def used(self, last: Mapping[str, datetime]) -> None:
        """Notes when keys were last used."""
        with self._database.write() as cursor:
            for id, at in last.items():
                cursor.execute(
                    "UPDATE api_keys SET last_used_at = ? WHERE id = ?", [rows.cell(at), id]
                )

    def access(self) -> Access:
        """Returns who must show a key."""
        with self._database.read() as cursor:
            sql = rows.select(Access, "access", "WHERE id = ?")
            found = rows.value(cursor.execute(sql, [Access().id]), Access)
        return found or Access()

    def keep_access(self, access: Access) -> None:
        """Keeps who must show a key."""
        with self._database.write() as cursor:
            cursor.execute(
                "INSERT OR REPLACE INTO access (id, key_here) VALUES (?, ?)", rows.cells(access)
            )
