"""Runs: work that is queued, runs and ends once, with one result for each example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from studio.domain.errors import Conflict
from studio.domain.evaluation import EvaluationRun, ExampleResult, RunStatus
from studio.domain.ladder import RungResult, RungRun
from studio.store import rows
from studio.store.database import Database

R = TypeVar("R", RungRun, EvaluationRun)
X = TypeVar("X", RungResult, ExampleResult)

ENDED = frozenset({RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED})


class RunStore(Generic[R, X]):
    """Keeps runs of one kind and their results."""

    def __init__(
        self,
        database: Database,
        run: type[R],
        result: type[X],
        *,
        runs_in: str,
        results_in: str,
        word: str,
    ) -> None:
        """Takes the nouns, their tables, and the word for a run in messages."""
        self._database = database
        self._run: type[R] = run
        self._result: type[X] = result
        self._runs_in, self._results_in, self._word = runs_in, results_in, word

    def add(self, run: R) -> None:
        """Adds a run."""
        with self._database.write() as cursor:
            rows.add(cursor, self._runs_in, run, self._word)

    def get(self, id: str) -> R:
        """Returns a run or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, self._run, self._runs_in, id, self._word)

    def all(self, project_id: str | None = None) -> list[R]:
        """Returns the runs of one project, or of all, newest first."""
        with self._database.read() as cursor:
            where = "WHERE $1 IS NULL OR project_id = $1 ORDER BY created_at DESC, id"
            sql = rows.select(self._run, self._runs_in, where)
            return rows.values(cursor.execute(sql, [project_id]), self._run)

    def save(self, run: R) -> None:
        """Writes a run; Conflict when it has ended already, with another status.

        Raises:
            NotFound: when there is no such run.
        """
        with self._database.write() as cursor:
            kept = rows.get(cursor, self._run, self._runs_in, run.id, self._word)
            if kept.status in ENDED and run.status is not kept.status:
                word = self._word.capitalize()
                raise Conflict(f"{word} {run.id} has ended already: {kept.status}.")
            rows.update(cursor, self._runs_in, run)

    def add_results(self, run_id: str, results: Sequence[X]) -> None:
        """Adds results; examples that have one already keep it. NotFound without such a run."""
        with self._database.write() as cursor:
            rows.get(cursor, self._run, self._runs_in, run_id, self._word)
            run_ids = [run_id] * len(results)
            rows.add_missing(cursor, self._results_in, "run_id", run_ids, results)

    def results(self, run_id: str) -> list[X]:
        """Returns all results of a run, by example id."""
        with self._database.read() as cursor:
            where = "WHERE run_id = ? ORDER BY example_id"
            sql = rows.select(self._result, self._results_in, where)
            return rows.values(cursor.execute(sql, [run_id]), self._result)
