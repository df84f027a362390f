"""Flywheel counts: what `/metrics` tells of deployments, cycles, gates, rollouts and reviews."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import NamedTuple

from studio.domain.deployments import Deployment
from studio.domain.monitoring import DriftReport
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database

Counts = dict[tuple[str, ...], int]
"""Deployment id and further words → how often."""


class Counted(NamedTuple):
    """Everything at one moment."""

    deployments: list[Deployment]
    numbers: dict[str, int]
    """Revision id → its number within its deployment."""
    champion_since: dict[str, datetime]
    states: dict[str, str]
    """Deployment id → state of its newest cycle."""
    ended: Counts
    gate_checks: Counts
    e_values: dict[str, float]
    rollbacks: Counts
    psi: dict[tuple[str, str], float]
    approved: Counts


_APPROVED = """
    SELECT r.deployment_id, count(*) FROM reviews AS v JOIN feedback AS f ON f.id = v.feedback_id
    JOIN traffic_ratings AS r USING (inference_id, rater)
    WHERE v.verdict = 'approved' AND r.deployment_id <> '' GROUP BY ALL
"""
_E_VALUES = """
    SELECT r.deployment_id, arg_max(c.e_value, c."at")
    FROM rollouts AS r JOIN rollout_checks AS c ON c.rollout_id = r.id
    WHERE r.status IN ('running', 'baking') GROUP BY r.deployment_id
"""
_STATES = "SELECT deployment_id, arg_max(state, number) FROM retrain_cycles GROUP BY ALL"
_ENDED = """
    SELECT deployment_id, state, count(*) FROM retrain_cycles
    WHERE state IN ('kept', 'rolled_back', 'rejected', 'inconclusive', 'failed', 'cancelled',
                    'superseded') GROUP BY ALL
"""
_ROLLBACKS = """
    SELECT deployment_id, CASE WHEN actor = 'flywheel' THEN 'automatic' ELSE 'person' END, count(*)
    FROM deployment_ledger WHERE action = 'rollback' GROUP BY ALL
"""


class FlywheelCounts:
    """Counts, and changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Counted:
        """Returns everything, in one reading."""
        with self._database.read() as cursor:
            sql = rows.select(Deployment, "deployments", "ORDER BY name")
            deployments = rows.values(cursor.execute(sql), Deployment)
            return Counted(
                deployments=deployments,
                numbers=dict(cursor.execute("SELECT id, number FROM revisions").fetchall()),
                champion_since=_moments(cursor),
                states=dict(cursor.execute(_STATES).fetchall()),
                ended=_counts(cursor, _ENDED),
                gate_checks=_gate_checks(cursor),
                e_values=dict(cursor.execute(_E_VALUES).fetchall()),
                rollbacks=_counts(cursor, _ROLLBACKS),
                psi=_psi(cursor),
                approved=_counts(cursor, _APPROVED),
            )


def _counts(cursor: Cursor, sql: str) -> Counts:
    return {tuple(words): int(n) for *words, n in cursor.execute(sql).fetchall()}


def _moments(cursor: Cursor) -> dict[str, datetime]:
    cursor.execute(
        "SELECT deployment_id, max(created_at) FROM deployment_ledger"
        " WHERE slot = 'champion' GROUP BY deployment_id"
    )
    return {id: at.replace(tzinfo=UTC) for id, at in cursor.fetchall()}


def _gate_checks(cursor: Cursor) -> Counts:
    found: Counter[tuple[str, ...]] = Counter()
    cursor.execute("SELECT deployment_id, checks FROM gate_decisions")
    for deployment, checks in cursor.fetchall():
        for check in json.loads(checks):
            # Slices are named by their questions; as labels they would never end.
            name = check["kind"] if check["kind"] == "slice" else check["name"]
            found[deployment, name, check["verdict"]] += 1
    return dict(found)


def _psi(cursor: Cursor) -> dict[tuple[str, str], float]:
    where = (
        "QUALIFY row_number() OVER (PARTITION BY deployment_id, feature"
        " ORDER BY created_at DESC, id) = 1"
    )
    reports = rows.values(
        cursor.execute(rows.select(DriftReport, "drift_reports", where)), DriftReport
    )
    return {
        (report.deployment_id, report.feature): report.psi
        for report in reports
        if report.psi is not None
    }
