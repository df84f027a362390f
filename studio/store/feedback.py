"""Feedback: answered requests and what people said of them; append-only, in a journal as well."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from pydantic import ValidationError

from studio.domain.errors import Conflict, NotFound, StudioError
from studio.domain.feedback import Feedback, Inference, Preference
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database
from studio.store.journal import Journal

Noun = Inference | Feedback | Preference
TABLES: dict[str, tuple[str, type[Noun], str]] = {
    "inference": ("inferences", Inference, "answer"),
    "feedback": ("feedback", Feedback, "piece of feedback"),
    "preference": ("preferences", Preference, "preference"),
}
"""Word in the journal → table, noun, word for people."""


class Offered(NamedTuple):
    """What somebody wants to have kept."""

    feedback: Feedback
    project_id: str | None = None
    """Project that the answer must belong to; None: any."""
    may_repeat: bool = False
    """Whether its id may be taken already, because it was sent before."""


class About(NamedTuple):
    """Where an answer belongs."""

    project_id: str
    deployment_id: str | None
    output: str
    shown: bool
    """Whether somebody was shown it: it is no error, and not only a shadow's."""


class Kept(NamedTuple):
    """What was kept."""

    feedback: Feedback
    about: About
    fresh: bool
    """False for what had been kept before."""


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

    def add_preference(self, preference: Preference) -> None:
        """Adds which of two answers a person took."""
        self._add("preference", preference)

    def preferences(self, inference_id: str) -> list[Preference]:
        """Returns every choice between an answer and another one, oldest first."""
        with self._database.read() as cursor:
            where = "WHERE $1 IN (inference_a, inference_b) ORDER BY created_at, id"
            sql = rows.select(Preference, "preferences", where)
            return rows.values(cursor.execute(sql, [inference_id]), Preference)

    def add_all(self, offered: Sequence[Offered]) -> list[Kept | StudioError]:
        """Adds what many people said, in one transaction synced to the disk once.

        Returns for each what was kept or why it was not. What is kept already under its id is
        returned as it is; it is a Conflict when it says something else.
        """
        with self._database.write() as cursor:
            answers = _about(cursor, {one.feedback.inference_id for one in offered})
            known = _known(cursor, [one.feedback.id for one in offered if one.may_repeat])
            fresh: dict[str, Feedback] = {}
            told: list[Kept | StudioError] = []
            for one in offered:
                feedback, about = one.feedback, answers.get(one.feedback.inference_id)
                if about is None or one.project_id not in (None, about.project_id):
                    told.append(no_answer(feedback.inference_id))
                    continue
                earlier = known.get(feedback.id) or fresh.get(feedback.id)
                if earlier is None:
                    fresh[feedback.id] = feedback
                elif earlier.with_(created_at=feedback.created_at) != feedback:
                    told.append(_other(feedback.id))
                    continue
                told.append(Kept(earlier or feedback, about, earlier is None))
            if fresh:
                rows.add_many(cursor, "feedback", list(fresh.values()))
                # Before the commit: a line too many is passed over one day, one too few is lost.
                if self.journal is not None:
                    self.journal.append_all("feedback", list(fresh.values()))
        return told

    def add_past(self, answers: Sequence[Inference], said: Sequence[Feedback]) -> int:
        """Adds answers with what was said of them; returns how much of that is new.

        What is there already stays as it is.
        """
        with self._database.write() as cursor:
            known = _ids(cursor, "inferences", [one.id for one in answers])
            heard = _ids(cursor, "feedback", [one.id for one in said])
            asked = [one for one in answers if one.id not in known]
            fresh = [one for one in said if one.id not in heard]
            for word, items in (("inference", asked), ("feedback", fresh)):
                if items:
                    rows.add_many(cursor, TABLES[word][0], items)
                    if self.journal is not None:
                        self.journal.append_all(word, items)
        return len(fresh)

    def stamp(self) -> tuple[object, ...]:
        """Returns what differs once anything but feedback has changed what corrections count."""
        with self._database.read() as cursor:
            # Nothing is ever taken out of the first three.
            cursor.execute(
                "SELECT (SELECT count(*) FROM reviews), (SELECT count(*) FROM retrain_policies),"
                " (SELECT count(*) FROM cycle_events), (SELECT sum(hash(name, may_train))"
                " FROM deployments)"
            )
            return cursor.fetchone() or ()

    def for_inference(self, inference_id: str) -> list[Feedback]:
        """Returns all feedback on an answer, oldest first."""
        with self._database.read() as cursor:
            sql = rows.select(
                Feedback, "feedback", "WHERE inference_id = ? ORDER BY created_at, id"
            )
            return rows.values(cursor.execute(sql, [inference_id]), Feedback)

    def said(self, deployment_id: str, limit: int) -> list[Feedback]:
        """Returns the last that was said of a deployment's answers, newest first."""
        with self._database.read() as cursor:
            cursor.execute(
                f"SELECT {rows.names(Feedback, 'f.')} FROM feedback f JOIN inferences i"
                " ON i.id = f.inference_id WHERE i.deployment_id = ?"
                " ORDER BY f.created_at DESC, f.id LIMIT ?",
                [deployment_id, limit],
            )
            return rows.values(cursor, Feedback)

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
        missing: list[tuple[str, Noun]] = []
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

    def _add(self, word: str, item: Noun) -> None:
        with self._database.write() as cursor:
            self._write(cursor, word, item)

    def _write(self, cursor: Cursor, word: str, item: Noun) -> None:
        table, _, noun = TABLES[word]
        if isinstance(item, Feedback):
            rows.get(cursor, Inference, "inferences", item.inference_id, "answer")
        rows.add(cursor, table, item, noun)
        # Before the commit: a line too many is passed over one day, one too few is lost.
        if self.journal is not None:
            self.journal.append(word, item)


def no_answer(inference_id: str) -> NotFound:
    """Returns the error for an answer that is not there, or is not this caller's to see."""
    return NotFound(
        f"There is no answer {inference_id[:80]}.", hint="Use the id that came with the answer."
    )


def _other(feedback_id: str) -> Conflict:
    return Conflict(
        f"Feedback {feedback_id} was kept before and says something else.",
        hint="Use another Idempotency-Key for other feedback.",
        code="idempotency_key_reused",
    )


def _about(cursor: Cursor, inference_ids: set[str]) -> dict[str, About]:
    cursor.execute(
        "SELECT id, project_id, deployment_id, output,"
        " coalesce(variant, '') <> 'shadow' AND coalesce(error, '') = ''"
        f" FROM inferences WHERE id IN ({_marks(inference_ids)})",
        list(inference_ids),
    )
    return {id: About(*rest) for id, *rest in cursor.fetchall()}


def _marks(ids: Collection[str]) -> str:
    """Returns a mark for each: a list of constants is found by its key, a subquery by reading all.

    Five times as fast with a million answers, and the more so with more of them.
    """
    return ", ".join("?" * len(ids))


def _known(cursor: Cursor, ids: Sequence[str]) -> dict[str, Feedback]:
    if not ids:
        return {}
    sql = rows.select(Feedback, "feedback", f"WHERE id IN ({_marks(ids)})")
    found = rows.values(cursor.execute(sql, ids), Feedback)
    return {one.id: one for one in found}


def _ids(cursor: Cursor, table: str, ids: Sequence[str]) -> set[str]:
    cursor.execute(f"SELECT id FROM {table} WHERE id IN ({_marks(ids)})", ids)
    return {id for (id,) in cursor.fetchall()}
