"""Feedback import: what was said elsewhere of a deployment's answers, brought in from a file."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from studio.core.feedback.past import COLUMNS, NEEDED, Past, past
from studio.core.formats.fields import excerpt
from studio.domain.datasets import RawRow, RefusedRow, SourceFile
from studio.domain.deployments import Deployment
from studio.domain.errors import InvalidInput
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Feedback, Imported, Inference, Source
from studio.domain.interfaces import RowReader
from studio.domain.values import now
from studio.store.feedback import FeedbackStore

MODEL = "imported"
"""What answers are said to come from that another program gave."""
BATCH = 500
"""Rows written at once."""
EXCERPT = 160


class FeedbackImportService:
    """Reads files of past feedback."""

    def __init__(
        self,
        store: FeedbackStore,
        reader: RowReader,
        deployment: Callable[[str], Deployment],
        source: Callable[[str], SourceFile],
        changed: Callable[[], None],
    ) -> None:
        """`deployment` and `source` find by id; `changed` hears of what was brought in."""
        self._store, self._reader, self._changed = store, reader, changed
        self._deployment, self._source = deployment, source

    def source(self, deployment_id: str, source_id: str) -> Imported:
        """Brings in a file that was uploaded; as `rows` does."""
        found = self._source(source_id)
        return self.rows(deployment_id, found.path, found.filename)

    def rows(
        self,
        deployment_id: str,
        path: str,
        filename: str,
        mapping: Mapping[str, str] | None = None,
    ) -> Imported:
        """Brings in the rows of a CSV or JSONL file; the same feedback is never kept twice.

        Args:
            deployment_id: whose answers they are.
            path: where the file lies.
            filename: what the user calls it.
            mapping: column of the file → one of question, answer, thumb, correction, comment,
                rater, created_at. Columns with those names need none.

        Raises:
            NotFound: when there is no such deployment.
            InvalidDataset: when the file cannot be read.
            InvalidInput: when the mapping names something unknown.
        """
        deployment, names = self._deployment(deployment_id), dict(mapping or {})
        for name in names.values():
            if name not in COLUMNS:
                raise InvalidInput(
                    f"{name!r} is none of {', '.join(COLUMNS)}.", hint="Map columns to those."
                )
        refused: list[RefusedRow] = []
        kept = total = 0
        with closing(_all(self._reader.read(Path(path)))) as rows:
            for batch in _batches(rows):
                found = [one for row in batch if (one := _past(row, names, refused)) is not None]
                total += len(found)
                kept += self._keep(deployment, found, filename)
        if kept:
            self._changed()
        return Imported(kept=kept, repeated=total - kept, refused=tuple(refused))

    def _keep(self, deployment: Deployment, found: Sequence[Past], filename: str) -> int:
        answers: dict[str, Inference] = {}
        said: dict[str, Feedback] = {}
        for one in found:
            inference = _inference(deployment, one, filename)
            answers.setdefault(inference.id, inference)
            feedback = _feedback(deployment, one, inference.id)
            said.setdefault(feedback.id, feedback)
        return self._store.add_past(list(answers.values()), list(said.values())) if said else 0


def _all(rows: Iterator[RawRow]) -> Generator[RawRow]:
    yield from rows


def _past(row: RawRow, names: Mapping[str, str], refused: list[RefusedRow]) -> Past | None:
    if row.values is None:
        refused.append(RefusedRow(line=row.line, reason=row.error, excerpt=row.excerpt))
        return None
    try:
        return past(row.values, names, now())
    except InvalidInput as error:
        reason = error.message
        columns = {names.get(column, column).strip().casefold() for column in row.values}
        if absent := [name for name in NEEDED if name not in columns]:
            reason = f"{reason} The file has no column called {' or '.join(absent)}."
        refused.append(RefusedRow(line=row.line, reason=reason, excerpt=_shown(row)))
        return None


def _shown(row: RawRow) -> str:
    return row.excerpt or excerpt(row.values, EXCERPT)


def _batches(rows: Iterator[RawRow]) -> Iterator[list[RawRow]]:
    batch: list[RawRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _inference(deployment: Deployment, one: Past, filename: str) -> Inference:
    return Inference(
        id=f"inference_{one.answer_mark(deployment.id)}",
        project_id=deployment.project_id,
        model_id=MODEL,
        model_name="Imported",
        messages=one.messages,
        decoding=Decoding(),
        output=one.answer,
        metadata={"imported": filename},
        deployment_id=deployment.id,
        created_at=one.created_at or now(),
    )


def _feedback(deployment: Deployment, one: Past, inference_id: str) -> Feedback:
    return Feedback(
        id=f"feedback_{one.mark(deployment.id)}",
        inference_id=inference_id,
        thumb_up=one.thumb_up,
        correction=one.correction,
        comment=one.comment,
        rater=one.rater,
        source=Source.IMPORT,
        created_at=one.created_at or now(),
    )
