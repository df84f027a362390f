"""Feedback: answered requests and what people said of them; append-only, in a journal as well."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from studio.domain.feedback import Feedback, Inference
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database
from studio.store.journal import Journal

TABLES: dict[str, tuple[str, type[Inference] | type[Feedback], str]] = {
    "inference": ("inferences", Inference, "answer"),
    "feedback": ("feedback", Feedback, "piece of feedback"),
}
"""Word in the journal → table, noun, word for people."""


class FeedbackStore:
    """Keeps inferences and the feedback on them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.journal = None if database.path is None else Journal(database.path.parent / "journal")

    def add_inference(self, inference: Inference) -> None:
        """Adds an answered request."""
        self._add("inference", inference)

    def add_inferences(self, inferences: Sequence[Inference]) -> None:
        """Adds answered requests, all or none."""
        with self._database.write() as cursor:
            for inference in inferences:
                self.write_inference(cursor, inference)

    def write_inference(self, cursor: Cursor, inference: Inference) -> None:
        """Adds an answered request as a part of what somebody else writes."""
        self._write(cursor, "inference", inference)

    def inference(self, id: str) -> Inference:
        """Returns an answered request or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, Inference, "inferences", id, "answer")

    def inferences(
        self, project_id: str, *, limit: int = 50, model_id: str | None = None
    ) -> list[Inference]:
        """Returns a project's answered requests, newest first, of one model or of all."""
        where = (
            "WHERE project_id = $1 AND ($2 IS NULL OR model_id = $2)"
            " ORDER BY created_at DESC, id LIMIT $3"
        )
        with self._database.read() as cursor:
            cursor.execute(
                rows.select(Inference, "inferences", where), [project_id, model_id, limit]
            )
            return rows.values(cursor, Inference)

    def add(self, feedback: Feedback) -> None:
        """Adds what a person said; NotFound when there is no such answer."""
        self._add("feedback", feedback)

    def for_inference(self, inference_id: str) -> list[Feedback]:
        """Returns all feedback on an answer, oldest first."""
        with self._database.read() as cursor:
            sql = rows.select(
                Feedback, "feedback", "WHERE inference_id = ? ORDER BY created_at, id"
            )
            return rows.values(cursor.execute(sql, [inference_id]), Feedback)

    def latest_thumb(self, inference_id: str) -> bool | None:
        """Returns the last thumb given to an answer, None when there is none."""
        return self.latest_thumbs([inference_id]).get(inference_id)

    def latest_thumbs(self, inference_ids: Sequence[str]) -> dict[str, bool]:
        """Returns the last thumb given to each of these answers; those without are absent."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT inference_id, arg_max(thumb_up, (created_at, rater)) FROM latest_thumbs"
                " WHERE inference_id IN (SELECT unnest(?)) GROUP BY inference_id",
                [list(inference_ids)],
            )
            return dict(cursor.fetchall())

    def replay(self) -> int:
        """Adds what the journal knows and the database does not; returns how many rows that were.

        Lines that fit no more are passed over; the journal keeps them.
        """
        if self.journal is None:
            return 0
        with self._database.read() as cursor:
            known = {
                word: {id for (id,) in cursor.execute(f"SELECT id FROM {table}").fetchall()}
                for word, (table, _, _) in TABLES.items()
            }
        missing: list[tuple[str, Inference | Feedback]] = []
        for word, fields in self.journal.lines():
            if word not in TABLES or fields.get("id") in known[word]:
                continue
            try:
                item = TABLES[word][1].model_validate(fields)
            except ValidationError:
                continue
            known[word].add(item.id)
            missing.append((word, item))
        with self._database.write() as cursor:
            for word, item in missing:
                table, _, noun = TABLES[word]
                rows.add(cursor, table, item, noun)
        return len(missing)

    def _add(self, word: str, item: Inference | Feedback) -> None:
        with self._database.write() as cursor:
            self._write(cursor, word, item)

    def _write(self, cursor: Cursor, word: str, item: Inference | Feedback) -> None:
        table, _, noun = TABLES[word]
        if isinstance(item, Feedback):
            rows.get(cursor, Inference, "inferences", item.inference_id, "answer")
        rows.add(cursor, table, item, noun)
        # Before the commit: a line too many is passed over one day, one too few is lost.
        if self.journal is not None:
            self.journal.append(word, item)
