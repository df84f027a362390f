"""Gates: what revisions answered to the questions of a gate, and what was decided from it."""

from __future__ import annotations

from collections.abc import Sequence

from studio.domain.datasets import Split
from studio.domain.gates import GateAnswer, GateDecision
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database


class GateStore:
    """Keeps gate answers as they come, and decisions with every number."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_answers(self, answers: Sequence[GateAnswer]) -> None:
        """Adds answers; a question that has one already keeps it."""
        if not answers:
            return
        marks = ", ".join(["unnest(?)"] * len(GateAnswer.model_fields))
        columns = zip(*(rows.cells(answer) for answer in answers), strict=True)
        with self._database.write() as cursor:
            cursor.execute(
                f"INSERT INTO gate_answers ({rows.names(GateAnswer)}) SELECT {marks}"
                " ON CONFLICT DO NOTHING",
                [list(column) for column in columns],
            )

    def answers(self, cycle_id: str) -> list[GateAnswer]:
        """Returns all answers of a cycle's gate."""
        with self._database.read() as cursor:
            where = "WHERE cycle_id = ? ORDER BY suite, example_id, revision_id"
            sql = rows.select(GateAnswer, "gate_answers", where)
            return rows.values(cursor.execute(sql, [cycle_id]), GateAnswer)

    def answered(self, cycle_id: str) -> set[tuple[str, str, str]]:
        """Returns (revision, suite, example) of every answer that is kept."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT revision_id, suite, example_id FROM gate_answers WHERE cycle_id = ?",
                [cycle_id],
            )
            return {(revision, suite, example) for revision, suite, example in cursor.fetchall()}

    def golden_sets(self, deployment_id: str) -> list[tuple[str, Split, int]]:
        """Returns the (dataset version, split) that gates took questions from, and how many did."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT coalesce(cycle.policy ->> '$.golden_version_id',"
                " cycle.policy ->> '$.dataset_version_id') AS version_id,"
                " cycle.policy ->> '$.golden_split' AS split, count(*)"
                " FROM gate_decisions AS decided JOIN retrain_cycles AS cycle"
                " ON cycle.id = decided.cycle_id WHERE decided.deployment_id = ?"
                " GROUP BY ALL HAVING version_id IS NOT NULL ORDER BY ALL",
                [deployment_id],
            )
            return [(version, Split(split), n) for version, split, n in cursor.fetchall()]

    def write_decision(self, cursor: Cursor, decision: GateDecision) -> None:
        """Adds a decision as a part of what somebody else writes."""
        rows.add(cursor, "gate_decisions", decision, "gate decision")

    def decision(self, id: str) -> GateDecision:
        """Returns a decision or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, GateDecision, "gate_decisions", id, "gate decision")
