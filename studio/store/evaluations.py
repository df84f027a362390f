"""Evaluations: runs, the answer to every example, and answers that need not be generated again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from studio.domain.evaluation import EvaluationRun, ExampleResult, SideBySide
from studio.domain.interfaces import Answer
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database
from studio.store.paging import Filters, condition, order, span
from studio.store.runs import RunStore

COLUMNS = {
    name: name
    for name in ("example_id", "output", "expected", "correct", "token_f1", "rouge_l", "seconds")
}

Change = Literal["better", "worse", "same"]

CHANGES: dict[Change, str] = {
    "better": "AND c.correct AND NOT b.correct",
    "worse": "AND b.correct AND NOT c.correct",
    "same": "AND b.correct = c.correct",
}


class EvaluationStore(RunStore[EvaluationRun, ExampleResult]):
    """Keeps evaluation runs, their results and the cache of answers."""

    def __init__(self, database: Database) -> None:
        super().__init__(
            database,
            EvaluationRun,
            ExampleResult,
            runs_in="evaluations",
            results_in="results",
            word="evaluation",
        )

    def page(
        self,
        run_id: str,
        *,
        start: int = 0,
        end: int = 100,
        sort: str | None = None,
        direction: str = "asc",
        filters: Filters | None = None,
    ) -> tuple[list[ExampleResult], int]:
        """Returns results `start` to `end` and the total; InvalidInput for unknown columns."""
        where = condition(filters, COLUMNS)
        ordered = order(sort or "example_id", direction, COLUMNS, "example_id")
        limit, offset = span(start, end)
        clause = f"WHERE run_id = ? {where.sql}"
        given = [run_id, *where.parameters]
        with self._database.read() as cursor:
            total = int(cursor.execute(f"SELECT count(*) FROM results {clause}", given).scalar())
            rest = f"{clause} {ordered} LIMIT {limit} OFFSET {offset}"
            cursor.execute(rows.select(ExampleResult, "results", rest), given)
            return rows.values(cursor, ExampleResult), total

    def side_by_side(
        self,
        baseline_id: str,
        candidate_id: str,
        *,
        start: int = 0,
        end: int = 100,
        only: Change | None = None,
    ) -> tuple[list[SideBySide], int]:
        """Returns the examples that both runs answered, in the dataset's order, and the total.

        Args:
            baseline_id: run on the left.
            candidate_id: run on the right.
            start: first row, from 0.
            end: row after the last one; at most 1,000 rows a page.
            only: examples that the candidate got right where the baseline did not (`better`), the
                reverse (`worse`), or where both agree (`same`).
        """
        limit, offset = span(start, end)
        joined = (
            "FROM results b JOIN results c ON c.example_id = b.example_id AND c.run_id = $2"
            " JOIN examples e ON e.id = b.example_id AND e.version_id ="
            " (SELECT dataset_version_id FROM evaluations WHERE id = $1)"
            f" WHERE b.run_id = $1 {'' if only is None else CHANGES[only]}"
        )
        runs = [baseline_id, candidate_id]
        with self._database.read() as cursor:
            for run_id in runs:
                rows.get(cursor, EvaluationRun, "evaluations", run_id, "evaluation")
            total = int(cursor.execute(f"SELECT count(*) {joined}", runs).scalar())
            cursor.execute(
                f"SELECT e.id, e.messages {joined} ORDER BY e.position"
                f" LIMIT {limit} OFFSET {offset}",
                runs,
            )
            shown = {fields["id"]: fields["messages"] for fields in rows.contents(cursor)}
            left = _answers_of(cursor, baseline_id, list(shown))
            right = _answers_of(cursor, candidate_id, list(shown))
        pairs = [
            SideBySide(
                example_id=id,
                prompt=messages[:-1],
                expected=left[id].expected,
                baseline=left[id],
                candidate=right[id],
            )
            for id, messages in shown.items()
        ]
        return pairs, total

    def cached_answer(self, key: str) -> Answer | None:
        """Returns the answer kept under that key, or None."""
        return self.cached_answers([key]).get(key)

    def cached_answers(self, keys: Sequence[str]) -> dict[str, Answer]:
        """Returns the answers kept under these keys; keys without one are absent."""
        sql = f"SELECT key, {rows.names(Answer)} FROM answers WHERE key IN (SELECT unnest(?))"
        with self._database.read() as cursor:
            cursor.execute(sql, [list(keys)])
            found = {fields.pop("key"): fields for fields in rows.contents(cursor)}
        return {key: Answer.model_validate(fields) for key, fields in found.items()}

    def keep_answers(self, answers: Iterable[tuple[str, Answer]]) -> None:
        """Keeps answers under their keys; a key that has one keeps it."""
        listed = list(answers)
        with self._database.write() as cursor:
            rows.add_missing(
                cursor,
                "answers",
                "key",
                [key for key, _ in listed],
                [answer for _, answer in listed],
            )


def _answers_of(cursor: Cursor, run_id: str, ids: Sequence[str]) -> dict[str, ExampleResult]:
    sql = rows.select(
        ExampleResult, "results", "WHERE run_id = ? AND example_id IN (SELECT unnest(?))"
    )
    found = rows.values(cursor.execute(sql, [run_id, list(ids)]), ExampleResult)
    return {result.example_id: result for result in found}
