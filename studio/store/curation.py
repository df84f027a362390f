"""Curation: which corrections each cycle was made of, and its versions, written together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from studio.domain.curation import Curated, Part
from studio.domain.datasets import Dataset, DatasetVersion, Example, RefusedRow
from studio.domain.retraining import ENDED
from studio.store import rows
from studio.store.database import Database
from studio.store.datasets import write_version

_USED = """
SELECT taken.feedback_id, taken.part FROM curated_corrections AS taken
JOIN retrain_cycles AS cycle ON cycle.id = taken.cycle_id
WHERE cycle.deployment_id = $1 AND (
    cycle.state NOT IN (SELECT unnest($2))
    OR EXISTS (FROM cycle_events AS moved
               WHERE moved.cycle_id = cycle.id AND moved.to_state = 'gating'))
"""
"""Of cycles that are under way, and of those that got as far as their gate."""


class Made(NamedTuple):
    """A dataset version that a cycle makes."""

    version: DatasetVersion
    examples: Sequence[Example]
    refused: Sequence[RefusedRow]
    dataset: Dataset
    """Added where it is not there yet."""


class CurationStore:
    """Keeps what was gathered for cycles."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def curated(self, cycle_id: str) -> Curated | None:
        """Returns what was gathered for a cycle, None before that."""
        with self._database.read() as cursor:
            cursor.execute("SELECT curated FROM curations WHERE cycle_id = ?", [cycle_id])
            found = cursor.scalar()
        return None if found is None else Curated.model_validate(json.loads(found))

    def add(
        self, curated: Curated, sides: Mapping[str, tuple[str, Part]], made: Sequence[Made]
    ) -> None:
        """Adds versions and membership, all or nothing; doing it again changes nothing.

        Args:
            curated: what is told of it.
            sides: feedback id → hash of its question, and the side it is on.
            made: the versions.
        """
        with self._database.write() as cursor:
            taken = "SELECT count(*) FROM curations WHERE cycle_id = ?"
            if cursor.execute(taken, [curated.cycle_id]).scalar():
                return
            for one in made:
                write_version(cursor, one.version, one.examples, one.refused, dataset=one.dataset)
            if sides:
                ids = list(sides)
                cursor.execute(
                    "INSERT INTO curated_corrections (cycle_id, feedback_id, prompt_hash, part)"
                    " SELECT ?, unnest(?), unnest(?), unnest(?)",
                    [
                        curated.cycle_id,
                        ids,
                        [sides[id][0] for id in ids],
                        [sides[id][1] for id in ids],
                    ],
                )
            cursor.execute(
                "INSERT INTO curations (cycle_id, curated) VALUES (?, ?)",
                [curated.cycle_id, rows.cell(curated)],
            )

    def used(self, deployment_id: str) -> dict[str, Part]:
        """Returns feedback id → side, of what cycles have learnt from or are about to."""
        with self._database.read() as cursor:
            ended = [state.value for state in ENDED]
            cursor.execute(_USED, [deployment_id, ended])
            return dict(cursor.fetchall())

    def sides(self, deployment_id: str) -> dict[str, Part]:
        """Returns feedback id → side it was first put on, by any cycle, failed ones too."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT taken.feedback_id, arg_min(taken.part, cycle.number)"
                " FROM curated_corrections AS taken"
                " JOIN retrain_cycles AS cycle ON cycle.id = taken.cycle_id"
                " WHERE cycle.deployment_id = ? GROUP BY taken.feedback_id",
                [deployment_id],
            )
            return dict(cursor.fetchall())
