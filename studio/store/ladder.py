"""Ladder: suites, measured rungs with their answers, labels of failures, what people said."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pydantic_core

from studio.domain.ladder import FailureLabel, RungResult, RungRun, Suite
from studio.store import rows
from studio.store.database import Database
from studio.store.runs import RunStore


class LadderStore(RunStore[RungRun, RungResult]):
    """Keeps everything that belongs to a project's ladder except its charter."""

    def __init__(self, database: Database) -> None:
        super().__init__(
            database,
            RungRun,
            RungResult,
            runs_in="rung_runs",
            results_in="rung_results",
            word="run",
        )

    def suite(self, project_id: str) -> Suite | None:
        """Returns what the project is measured on, None until somebody has chosen."""
        with self._database.read() as cursor:
            sql = rows.select(Suite, "suites", "WHERE project_id = ?")
            return rows.value(cursor.execute(sql, [project_id]), Suite)

    def choose_suite(self, suite: Suite) -> None:
        """Keeps the project's suite in place of an earlier one."""
        marks = ", ".join("?" for _ in Suite.model_fields)
        with self._database.write() as cursor:
            cursor.execute(
                f"INSERT OR REPLACE INTO suites ({rows.names(Suite)}) VALUES ({marks})",
                rows.cells(suite),
            )

    def label(self, label: FailureLabel) -> None:
        """Keeps what somebody says of an answer in place of what was said before."""
        with self._database.write() as cursor:
            cursor.execute(
                "DELETE FROM failure_labels WHERE run_id = ? AND example_id = ? AND id <> ?",
                [label.run_id, label.example_id, label.id],
            )
            rows.add(cursor, "failure_labels", label, "label")

    def unlabel(self, run_id: str, example_id: str) -> None:
        """Takes a label back; without one nothing changes."""
        with self._database.write() as cursor:
            cursor.execute(
                "DELETE FROM failure_labels WHERE run_id = ? AND example_id = ?",
                [run_id, example_id],
            )

    def labels(self, project_id: str) -> list[FailureLabel]:
        """Returns a project's labels, oldest first."""
        with self._database.read() as cursor:
            where = "WHERE project_id = ? ORDER BY created_at, id"
            sql = rows.select(FailureLabel, "failure_labels", where)
            return rows.values(cursor.execute(sql, [project_id]), FailureLabel)

    def answers(self, project_id: str) -> dict[str, Any]:
        """Returns the facts that people answered, by name."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT fact, value FROM ladder_answers WHERE project_id = ? ORDER BY fact",
                [project_id],
            )
            return {fact: json.loads(value) for fact, value in cursor.fetchall()}

    def answer(self, project_id: str, fact: str, value: Any) -> None:
        """Keeps one answered fact; None takes it back."""
        with self._database.write() as cursor:
            if value is None:
                cursor.execute(
                    "DELETE FROM ladder_answers WHERE project_id = ? AND fact = ?",
                    [project_id, fact],
                )
            else:
                cursor.execute(
                    "INSERT OR REPLACE INTO ladder_answers VALUES (?, ?, ?)",
                    [project_id, fact, pydantic_core.to_json(value).decode()],
                )

    def ticks(self, project_id: str) -> dict[str, tuple[bool, datetime]]:
        """Returns the points of the checklists that people ticked or unticked, and when."""
        with self._database.read() as cursor:
            cursor.execute(
                'SELECT item_id, done, "at" FROM checklist_ticks WHERE project_id = ?',
                [project_id],
            )
            return {id: (done, at.replace(tzinfo=UTC)) for id, done, at in cursor.fetchall()}

    def tick(self, project_id: str, item_id: str, done: bool, at: datetime) -> None:
        """Keeps what a person says of one point of the checklists."""
        with self._database.write() as cursor:
            cursor.execute(
                "INSERT OR REPLACE INTO checklist_ticks VALUES (?, ?, ?, ?)",
                [project_id, item_id, done, rows.cell(at)],
            )
