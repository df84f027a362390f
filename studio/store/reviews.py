"""Reviews: what reviewers decide about corrections, beside the answers these correct."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from studio.domain.feedback import Feedback, Inference, Review
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database

ANSWERED = "coalesce(i.variant, '') <> 'shadow' AND coalesce(i.error, '') = ''"
"""Answers that somebody was shown."""

NEWEST = f"""
FROM feedback f JOIN inferences i ON i.id = f.inference_id
WHERE f.correction IS NOT NULL AND i.deployment_id IS NOT NULL AND {ANSWERED}
AND ($1 IS NULL OR i.deployment_id = $1) AND ($2 IS NULL OR i.project_id = $2)
AND ($3 IS NULL OR i.id = $3)
QUALIFY row_number() OVER (
    PARTITION BY f.inference_id, f.rater ORDER BY f.created_at DESC, f.id DESC) = 1
"""
"""The correction of each rater that counts: the newest."""


class Corrected(NamedTuple):
    """A correction, the answer it corrects, and everything that was decided about it."""

    feedback: Feedback
    inference: Inference
    reviews: tuple[Review, ...]


class ReviewStore:
    """Keeps reviews; reads corrections with them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, review: Review) -> None:
        """Adds a decision; earlier ones stay."""
        with self._database.write() as cursor:
            self.write(cursor, review)

    def write(self, cursor: Cursor, review: Review) -> None:
        """Adds a decision as a part of what somebody else writes."""
        rows.add(cursor, "reviews", review, "review")

    def of(self, feedback_id: str) -> list[Review]:
        """Returns everything that was decided about a correction, oldest first."""
        with self._database.read() as cursor:
            return _reviews(cursor, [feedback_id])

    def stamp(self) -> tuple[int, int]:
        """Returns what differs whenever anything was said or decided: both are append-only."""
        with self._database.read() as cursor:
            cursor.execute("SELECT (SELECT count(*) FROM feedback), (SELECT count(*) FROM reviews)")
            (counts,) = cursor.fetchall()
            return counts[0], counts[1]

    def corrections(
        self, deployment_id: str | None = None, *, project_id: str | None = None
    ) -> list[Corrected]:
        """Returns the newest correction of each rater of each answer, oldest first."""
        with self._database.read() as cursor:
            return _read(cursor, [deployment_id, project_id, None])

    def correction(self, feedback_id: str) -> Corrected | None:
        """Returns one correction, None when it is none, or its rater has given a newer one."""
        with self._database.read() as cursor:
            one = rows.get(cursor, Feedback, "feedback", feedback_id, "correction")
            found = _read(cursor, [None, None, one.inference_id])
        return next((given for given in found if given.feedback.id == feedback_id), None)

    def uncorrected(self, deployment_id: str | None, project_id: str | None) -> list[Inference]:
        """Returns the answers that somebody disliked and nobody corrected, newest first."""
        with self._database.read() as cursor:
            cursor.execute(
                f"SELECT {rows.names(Inference, 'i.')} FROM inferences i"
                " WHERE i.id IN (SELECT inference_id FROM latest_thumbs WHERE NOT thumb_up)"
                " AND i.id NOT IN (SELECT inference_id FROM feedback WHERE correction IS NOT NULL)"
                f" AND i.deployment_id IS NOT NULL AND {ANSWERED}"
                " AND ($1 IS NULL OR i.deployment_id = $1)"
                " AND ($2 IS NULL OR i.project_id = $2) ORDER BY i.created_at DESC, i.id",
                [deployment_id, project_id],
            )
            return rows.values(cursor, Inference)

    def answers(self, deployment_id: str, limit: int) -> list[Inference]:
        """Returns the newest answers of a deployment, newest first."""
        with self._database.read() as cursor:
            cursor.execute(
                f"SELECT {rows.names(Inference, 'i.')} FROM inferences i"
                f" WHERE i.deployment_id = ? AND {ANSWERED} ORDER BY i.created_at DESC, i.id"
                " LIMIT ?",
                [deployment_id, limit],
            )
            return rows.values(cursor, Inference)

    def ratings(self, deployment_id: str) -> list[tuple[str, bool]]:
        """Returns (answer, thumb) of every rater of answers that at least two people rated."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT t.inference_id, t.thumb_up FROM latest_thumbs t"
                " JOIN inferences i ON i.id = t.inference_id"
                f" WHERE i.deployment_id = ? AND {ANSWERED}"
                " QUALIFY count(*) OVER (PARTITION BY t.inference_id) > 1"
                " ORDER BY t.inference_id, t.rater",
                [deployment_id],
            )
            return [(id, up) for id, up in cursor.fetchall()]

    def asked(self, inference_ids: Sequence[str], since: datetime) -> dict[str, int]:
        """Returns how often the question of each answer was asked of its deployment since then."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT mine.id, count(*) FROM inferences mine JOIN inferences i"
                " ON i.deployment_id = mine.deployment_id AND i.messages = mine.messages"
                f" WHERE mine.id IN (SELECT unnest(?)) AND i.created_at >= ? AND {ANSWERED}"
                " GROUP BY mine.id",
                [list(inference_ids), rows.cell(since)],
            )
            return dict(cursor.fetchall())

    def thumbs(self, inference_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Returns thumbs up and down on answers to the same question, by answer."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT mine.id, count(*) FILTER (t.thumb_up), count(*) FILTER (NOT t.thumb_up)"
                " FROM inferences mine JOIN inferences i"
                " ON i.deployment_id = mine.deployment_id AND i.messages = mine.messages"
                " JOIN latest_thumbs t ON t.inference_id = i.id"
                f" WHERE mine.id IN (SELECT unnest(?)) AND {ANSWERED} GROUP BY mine.id",
                [list(inference_ids)],
            )
            return {id: (up, down) for id, up, down in cursor.fetchall()}


def _read(cursor: Cursor, parameters: Sequence[object]) -> list[Corrected]:
    cursor.execute(f"SELECT f.id {NEWEST}", parameters)
    ids = [id for (id,) in cursor.fetchall()]
    chosen = "WHERE id IN (SELECT unnest(?)) ORDER BY created_at, id"
    given = rows.values(cursor.execute(rows.select(Feedback, "feedback", chosen), [ids]), Feedback)
    answers = [one.inference_id for one in given]
    cursor.execute(rows.select(Inference, "inferences", chosen), [answers])
    inferences = {one.id: one for one in rows.values(cursor, Inference)}
    decided: dict[str, list[Review]] = {}
    for review in _reviews(cursor, ids):
        decided.setdefault(review.feedback_id, []).append(review)
    return [
        Corrected(one, inferences[one.inference_id], tuple(decided.get(one.id, ())))
        for one in given
    ]


def _reviews(cursor: Cursor, feedback_ids: Sequence[str]) -> list[Review]:
    where = "WHERE feedback_id IN (SELECT unnest(?)) ORDER BY created_at, id"
    sql = rows.select(Review, "reviews", where)
    return rows.values(cursor.execute(sql, [list(feedback_ids)]), Review)
