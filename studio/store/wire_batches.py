"""Wire batches: batches of requests, and what came of each line while they are under way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from studio.domain.errors import Conflict
from studio.domain.feedback import Inference
from studio.domain.wire_batches import ENDED, BatchLine, BatchStatus, WireBatch
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database
from studio.store.feedback import FeedbackStore

AT_ONCE = 500
"""Lines read at once."""


class WireBatchStore:
    """Keeps batches and their lines."""

    def __init__(self, database: Database, feedback: FeedbackStore) -> None:
        self._database, self._feedback = database, feedback

    def add(self, batch: WireBatch) -> None:
        """Adds a batch."""
        with self._database.write() as cursor:
            rows.add(cursor, "wire_batches", batch, "batch")

    def get(self, id: str) -> WireBatch:
        """Returns a batch with the counts of this moment, or raises NotFound."""
        with self._database.read() as cursor:
            return _counted(cursor, rows.get(cursor, WireBatch, "wire_batches", id, "batch"))

    def all(self, project_id: str | None = None) -> list[WireBatch]:
        """Returns the batches of one project or of all, newest first."""
        with self._database.read() as cursor:
            where = "WHERE $1 IS NULL OR project_id = $1 ORDER BY created_at DESC, id"
            cursor.execute(rows.select(WireBatch, "wire_batches", where), [project_id])
            return [_counted(cursor, batch) for batch in rows.values(cursor, WireBatch)]

    def save(self, batch: WireBatch, *, expected: BatchStatus) -> None:
        """Writes a batch that was in that status; one that has ended needs its lines no longer.

        Raises:
            Conflict: when its status is another one by now.
        """
        with self._database.write() as cursor:
            kept = rows.get(cursor, WireBatch, "wire_batches", batch.id, "batch")
            if kept.status not in (expected, batch.status):
                raise Conflict(f"The batch is {kept.status}.", hint="Look at it again.")
            rows.update(cursor, "wire_batches", batch)
            if batch.status in ENDED:
                cursor.execute("DELETE FROM wire_batch_lines WHERE batch_id = ?", [batch.id])

    def add_lines(self, lines: Sequence[BatchLine], answers: Sequence[Inference] = ()) -> None:
        """Adds what came of lines together with the answers they tell, all or nothing."""
        with self._database.write() as cursor:
            for answer in answers:
                self._feedback.write_inference(cursor, answer)
            for line in lines:
                marks = ", ".join("?" for _ in BatchLine.model_fields)
                cursor.execute(
                    f"INSERT INTO wire_batch_lines ({rows.names(BatchLine)}) VALUES ({marks})"
                    " ON CONFLICT DO NOTHING",
                    rows.cells(line),
                )

    def done(self, batch_id: str) -> set[int]:
        """Returns the lines of which something came already."""
        with self._database.read() as cursor:
            cursor.execute("SELECT line FROM wire_batch_lines WHERE batch_id = ?", [batch_id])
            return {line for (line,) in cursor.fetchall()}

    def lines(self, batch_id: str, *, succeeded: bool) -> Iterator[BatchLine]:
        """Yields the lines that succeeded or those that did not, in order."""
        after = 0
        where = "WHERE batch_id = ? AND succeeded = ? AND line > ? ORDER BY line LIMIT ?"
        while True:
            with self._database.read() as cursor:
                cursor.execute(
                    rows.select(BatchLine, "wire_batch_lines", where),
                    [batch_id, succeeded, after, AT_ONCE],
                )
                found = rows.values(cursor, BatchLine)
            yield from found
            if len(found) < AT_ONCE:
                return
            after = found[-1].line


def _counted(cursor: Cursor, batch: WireBatch) -> WireBatch:
    """Returns a batch under way with what has come of its lines so far."""
    if batch.status in ENDED:
        return batch
    cursor.execute(
        "SELECT count(*) FILTER (succeeded), count(*) FILTER (NOT succeeded),"
        " count(*) FILTER (succeeded AND (prompt_tokens IS NULL OR output_tokens IS NULL)),"
        " sum(prompt_tokens), sum(output_tokens) FROM wire_batch_lines WHERE batch_id = ?",
        [batch.id],
    )
    ((completed, failed, untold, into, out),) = cursor.fetchall()
    told = completed and not untold
    return batch.with_(
        completed=completed,
        failed=failed,
        prompt_tokens=int(into) if told else None,
        output_tokens=int(out) if told else None,
    )
