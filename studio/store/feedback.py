"""Feedback: answered requests and what people said of them; append-only."""

from __future__ import annotations

from collections.abc import Sequence

from studio.domain.feedback import Feedback, Inference
from studio.store import rows
from studio.store.database import Database


class FeedbackStore:
    """Keeps inferences and the feedback on them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_inference(self, inference: Inference) -> None:
        """Adds an answered request."""
        with self._database.write() as cursor:
            rows.add(cursor, "inferences", inference, "answer")

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
        with self._database.write() as cursor:
            rows.get(cursor, Inference, "inferences", feedback.inference_id, "answer")
            rows.add(cursor, "feedback", feedback, "piece of feedback")

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
                "SELECT inference_id, arg_max(thumb_up, created_at) FROM latest_thumbs"
                " WHERE inference_id IN (SELECT unnest(?)) GROUP BY inference_id",
                [list(inference_ids)],
            )
            return dict(cursor.fetchall())
