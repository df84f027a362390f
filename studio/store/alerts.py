"""Alerts: who hears of what, and an outbox of what is still to be told; survives a restart."""

from __future__ import annotations

from collections.abc import Sequence

from studio.domain.errors import NotFound
from studio.domain.monitoring import Alert, AlertRule
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database


class AlertStore:
    """Keeps rules and alerts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rules(self, project_id: str | None = None) -> list[AlertRule]:
        """Returns the rules of one project, or of all, oldest first."""
        with self._database.read() as cursor:
            where = "WHERE $1::VARCHAR IS NULL OR project_id = $1 ORDER BY created_at, id"
            sql = rows.select(AlertRule, "alert_rules", where)
            return rows.values(cursor.execute(sql, [project_id]), AlertRule)

    def rule(self, id: str) -> AlertRule:
        """Returns a rule or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, AlertRule, "alert_rules", id, "alert")

    def add_rule(self, rule: AlertRule) -> None:
        """Adds a rule; adding it again changes nothing."""
        with self._database.write() as cursor:
            rows.add(cursor, "alert_rules", rule, "alert")

    def remove_rule(self, id: str) -> AlertRule:
        """Removes a rule and returns it; what waits for it is told no more."""
        with self._database.write() as cursor:
            gone = rows.get(cursor, AlertRule, "alert_rules", id, "alert")
            cursor.execute("DELETE FROM alert_rules WHERE id = ?", [id])
        return gone

    def add(self, alerts: Sequence[Alert]) -> None:
        """Puts alerts into the outbox, all or none."""
        with self._database.write() as cursor:
            self.write(cursor, alerts)

    def write(self, cursor: Cursor, alerts: Sequence[Alert]) -> None:
        """Puts alerts into the outbox as a part of what somebody else writes."""
        for alert in alerts:
            rows.add(cursor, "alerts", alert, "message")

    def save(self, alert: Alert) -> None:
        """Writes what became of an alert."""
        with self._database.write() as cursor:
            rows.update(cursor, "alerts", alert)

    def alert(self, id: str) -> Alert:
        """Returns an alert or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, Alert, "alerts", id, "message")

    def waiting(self) -> list[str]:
        """Returns the ids of what is still to be told, oldest first."""
        with self._database.read() as cursor:
            cursor.execute("SELECT id FROM alerts WHERE status = 'waiting' ORDER BY created_at, id")
            return [id for (id,) in cursor.fetchall()]

    def recent(self, limit: int = 50) -> list[Alert]:
        """Returns what was told or is still to be told, newest first."""
        with self._database.read() as cursor:
            sql = rows.select(Alert, "alerts", "ORDER BY created_at DESC, id LIMIT ?")
            return rows.values(cursor.execute(sql, [limit]), Alert)

    def place(self, deployment_id: str) -> tuple[str, str]:
        """Returns project and name of a deployment; NotFound when there is none."""
        with self._database.read() as cursor:
            cursor.execute("SELECT project_id, name FROM deployments WHERE id = ?", [deployment_id])
            found = cursor.fetchone()
        if found is None:
            raise NotFound(f"There is no deployment {deployment_id}.")
        return found[0], found[1]
