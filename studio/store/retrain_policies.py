"""Retrain policies: every version of when and how a deployment learns; the newest counts."""

from __future__ import annotations

import json

from studio.domain.errors import Conflict
from studio.domain.retraining import RetrainPolicy
from studio.store import rows
from studio.store.database import Database


class RetrainPolicyStore:
    """Keeps the versions of policies; none is ever changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, deployment_id: str) -> RetrainPolicy | None:
        """Returns the policy that counts, None where none was saved."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT policy FROM retrain_policies WHERE deployment_id = ?"
                " ORDER BY version DESC LIMIT 1",
                [deployment_id],
            )
            found = cursor.scalar()
        return None if found is None else RetrainPolicy.model_validate(json.loads(found))

    def versions(self, deployment_id: str) -> list[RetrainPolicy]:
        """Returns every version, first one first."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT policy FROM retrain_policies WHERE deployment_id = ? ORDER BY version",
                [deployment_id],
            )
            found = cursor.fetchall()
        return [RetrainPolicy.model_validate(json.loads(text)) for (text,) in found]

    def add(self, policy: RetrainPolicy) -> None:
        """Adds a version; adding the very same one again changes nothing.

        Raises:
            Conflict: when somebody else saved that version meanwhile.
        """
        with self._database.write() as cursor:
            added = cursor.execute(
                "INSERT INTO retrain_policies VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [
                    policy.deployment_id,
                    policy.version,
                    rows.cell(policy),
                    rows.cell(policy.created_at),
                ],
            ).scalar()
            if added == 1:
                return
            cursor.execute(
                "SELECT policy FROM retrain_policies WHERE deployment_id = ? AND version = ?",
                [policy.deployment_id, policy.version],
            )
            if RetrainPolicy.model_validate(json.loads(cursor.scalar())) != policy:
                raise Conflict(
                    "The policy has been changed by somebody else meanwhile.",
                    hint="Reload it, then change it again.",
                )

    def approved_cycles(self, deployment_id: str) -> int:
        """Returns how many cycles a person let go on after their gate."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT count(DISTINCT moved.cycle_id) FROM cycle_events AS moved"
                " JOIN retrain_cycles AS cycle ON cycle.id = moved.cycle_id"
                " WHERE cycle.deployment_id = ? AND moved.from_state = 'awaiting_approval'"
                " AND moved.to_state = 'shadow' AND moved.actor <> 'flywheel'",
                [deployment_id],
            )
            return int(cursor.scalar())
