"""Datasets: sources, datasets and their immutable versions; the rows live in `store.examples`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from studio.domain.datasets import (
    Dataset,
    DatasetVersion,
    Example,
    RefusedRow,
    SourceFile,
    Split,
)
from studio.domain.errors import Conflict
from studio.store import examples as rows_of
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database
from studio.store.paging import Filters


class DatasetStore:
    """Keeps sources, datasets, versions, examples and refused rows."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts = rows_of.Counts()

    def add_source(self, source: SourceFile) -> None:
        """Adds a source file."""
        with self._database.write() as cursor:
            rows.add(cursor, "sources", source, "source file")

    def source(self, id: str) -> SourceFile:
        """Returns a source file or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, SourceFile, "sources", id, "source file")

    def source_by_sha(self, sha256: str) -> SourceFile | None:
        """Returns a source file with these contents, or None."""
        with self._database.read() as cursor:
            sql = rows.select(SourceFile, "sources", "WHERE sha256 = ? ORDER BY id LIMIT 1")
            return rows.value(cursor.execute(sql, [sha256]), SourceFile)

    def add_dataset(self, dataset: Dataset) -> None:
        """Adds a dataset; Conflict when its project has one of that name."""
        with self._database.write() as cursor:
            _add_dataset(cursor, dataset)

    def dataset(self, id: str) -> Dataset:
        """Returns a dataset or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, Dataset, "datasets", id, "dataset")

    def dataset_by_name(self, project_id: str, name: str) -> Dataset | None:
        """Returns the project's dataset of that name, or None."""
        with self._database.read() as cursor:
            sql = rows.select(Dataset, "datasets", "WHERE project_id = ? AND name = ?")
            return rows.value(cursor.execute(sql, [project_id, name]), Dataset)

    def datasets(self, project_id: str) -> list[Dataset]:
        """Returns a project's datasets, oldest first."""
        with self._database.read() as cursor:
            sql = rows.select(Dataset, "datasets", "WHERE project_id = ? ORDER BY created_at, id")
            return rows.values(cursor.execute(sql, [project_id]), Dataset)

    def add_version(
        self,
        version: DatasetVersion,
        examples: Sequence[Example],
        refused: Sequence[RefusedRow] = (),
        *,
        dataset: Dataset | None = None,
    ) -> None:
        """Adds a version with all its rows, or nothing of it.

        Args:
            version: what is added.
            examples: its rows, in order.
            refused: the rows that were left out.
            dataset: the version's dataset when that is new; it is added in the same transaction.

        Raises:
            Conflict: when the dataset has another version of that number, ids repeat, or the
                version's counts do not match its rows.
            NotFound: when there is no such dataset.
        """
        with self._database.write() as cursor:
            write_version(cursor, version, examples, refused, dataset=dataset)

    def version(self, id: str) -> DatasetVersion:
        """Returns a dataset version or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, DatasetVersion, "dataset_versions", id, "dataset version")

    def versions(self, dataset_id: str) -> list[DatasetVersion]:
        """Returns a dataset's versions, first one first."""
        with self._database.read() as cursor:
            sql = rows.select(
                DatasetVersion, "dataset_versions", "WHERE dataset_id = ? ORDER BY number"
            )
            return rows.values(cursor.execute(sql, [dataset_id]), DatasetVersion)

    def examples(self, version_id: str, split: Split | None = None) -> list[Example]:
        """Returns a version's examples in order, all or one split; NotFound without a version."""
        with self._database.read() as cursor:
            rows.get(cursor, DatasetVersion, "dataset_versions", version_id, "dataset version")
            return rows_of.read(cursor, version_id, split)

    def answers(self, version_id: str) -> list[str]:
        """Returns the answer of every example of a version, in order, without the rest of it."""
        with self._database.read() as cursor:
            rows.get(cursor, DatasetVersion, "dataset_versions", version_id, "dataset version")
            cursor.execute(
                "SELECT answer FROM examples WHERE version_id = ? ORDER BY position", [version_id]
            )
            return [answer for (answer,) in cursor.fetchall()]

    def page(
        self,
        version_id: str,
        *,
        start: int = 0,
        end: int = 100,
        sort: str | None = None,
        direction: str = "asc",
        filters: Filters | None = None,
    ) -> tuple[list[dict[str, Any]], int]:
        """Returns rows as `{id, line, prompt, answer, split, system}`, and the total.

        Args:
            version_id: which version.
            start: first row, from 0.
            end: row after the last one; at most 1,000 rows a page.
            sort: one of line, prompt, answer, split, system; line when None.
            direction: asc or desc.
            filters: column → `{"type": "contains" | "equals", "filter": text}`.

        Raises:
            InvalidInput: for any other column, operator or range.
            NotFound: when there is no such version.
        """
        with self._database.read() as cursor:
            rows.get(cursor, DatasetVersion, "dataset_versions", version_id, "dataset version")
            return rows_of.page(
                cursor,
                self._counts,
                version_id,
                start=start,
                end=end,
                sort=sort or "line",
                direction=direction,
                filters=filters,
            )

    def prompt_hashes(self, version_id: str, split: Split) -> set[str]:
        """Returns the hashes of the prompts of one split, without the rest of it."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT DISTINCT prompt_hash FROM examples WHERE version_id = ? AND split = ?",
                [version_id, split.value],
            )
            return {hashed for (hashed,) in cursor.fetchall()}

    def refused(self, version_id: str) -> list[RefusedRow]:
        """Returns the rows that did not become examples, in order."""
        with self._database.read() as cursor:
            sql = rows.select(
                RefusedRow, "refused_rows", "WHERE version_id = ? ORDER BY line, position"
            )
            return rows.values(cursor.execute(sql, [version_id]), RefusedRow)


def write_version(
    cursor: Cursor,
    version: DatasetVersion,
    examples: Sequence[Example],
    refused: Sequence[RefusedRow] = (),
    *,
    dataset: Dataset | None = None,
) -> None:
    """Does what `add_version` does as a part of what somebody else writes."""
    _refuse_contradictions(version, examples, refused)
    if dataset is not None:
        _add_dataset(cursor, dataset)
    rows.get(cursor, Dataset, "datasets", version.dataset_id, "dataset")
    cursor.execute(
        "SELECT count(*) FROM dataset_versions WHERE dataset_id = ? AND number = ? AND id <> ?",
        [version.dataset_id, version.number, version.id],
    )
    if cursor.scalar():
        raise Conflict(f"The dataset already has a version {version.number}.", hint="Import again.")
    rows.add(cursor, "dataset_versions", version, "dataset version")
    rows_of.write(cursor, version.id, examples, refused)


def _add_dataset(cursor: Cursor, dataset: Dataset) -> None:
    sql = "SELECT count(*) FROM datasets WHERE project_id = ? AND name = ? AND id <> ?"
    if cursor.execute(sql, [dataset.project_id, dataset.name, dataset.id]).scalar():
        raise Conflict(
            f"The project already has a dataset called “{dataset.name}”.",
            hint="Import into it to make its next version, or choose another name.",
        )
    rows.add(cursor, "datasets", dataset, "dataset")


def _refuse_contradictions(
    version: DatasetVersion, examples: Sequence[Example], refused: Sequence[RefusedRow]
) -> None:
    counts = {split: 0 for split in Split}
    for example in examples:
        counts[example.split] += 1
    told = {split: version.splits.get(split, 0) for split in Split}
    if (version.n_examples, version.n_refused, told) != (len(examples), len(refused), counts):
        raise Conflict(
            f"Version {version.number} says it has {version.n_examples} examples and "
            f"{version.n_refused} refused rows, but {len(examples)} and {len(refused)} came."
        )
    if len({example.id for example in examples}) != len(examples):
        raise Conflict("Two examples of the version have the same id.")
