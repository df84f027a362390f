"""Datasets: bringing files in, looking at what they would give, keeping immutable versions."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from studio.core.intake import Intake, content_hash
from studio.core.quality.balance import balance
from studio.core.splits import counts
from studio.domain.datasets import (
    Balance,
    ColumnMapping,
    DataFormat,
    Dataset,
    DatasetVersion,
    Example,
    Preview,
    RefusedRow,
    SourceFile,
    Split,
)
from studio.domain.errors import InvalidDataset, InvalidInput, NotFound
from studio.domain.interfaces import RowReader
from studio.domain.values import new_id, now
from studio.services.dataset_files import copy_in, write_chat, write_refused
from studio.services.dataset_reading import Progress, Reading, read_source
from studio.store.datasets import DatasetStore

SHOWN_ROWS = 20
NAMED_REASONS = 3
LONGEST_NAME = 80


class DatasetService:
    """Everything a user does with examples."""

    def __init__(self, store: DatasetStore, reader: RowReader, sources_dir: Path) -> None:
        self._store, self._reader, self._sources_dir = store, reader, sources_dir
        self._naming = threading.Lock()

    def stage(self, path: Path | str, filename: str) -> SourceFile:
        """Keeps an untouched copy of a file; the same contents under the same name once only.

        Raises:
            NotFound: when there is no such file.
            InvalidInput: when it is no ordinary file, or too large.
            StorageFailed: when the disk refuses.
        """
        source = copy_in(Path(path), filename, self._sources_dir)
        known = self._store.source_by_sha(source.sha256)
        if known and (known.filename, known.path) == (source.filename, source.path):
            return known
        self._store.add_source(source)
        return source

    def preview(
        self,
        source_id: str,
        *,
        format: DataFormat | None = None,
        mapping: ColumnMapping | None = None,
        system_prompt: str = "",
        progress: Progress | None = None,
    ) -> Preview:
        """Reads the whole file and says what an import would keep and refuse.

        Raises:
            InvalidDataset: when the file cannot be read, or a chosen column is not in it.
        """
        source = self._store.source(source_id)
        reading = read_source(
            self._reader, source, format, mapping, system_prompt=system_prompt, progress=progress
        )
        found = reading.intake
        return Preview(
            source=source,
            format=reading.format,
            columns=reading.columns,
            mapping=reading.mapping,
            rows=reading.rows,
            examples=found.examples[:SHOWN_ROWS],
            n_rows=found.n_rows,
            n_examples=len(found.examples),
            n_duplicates=found.n_duplicates,
            refused=found.refused,
            splits=counts(found.examples),
            balance=balance(found.examples),
        )

    def create(
        self,
        source_id: str,
        *,
        project_id: str,
        name: str,
        format: DataFormat,
        mapping: ColumnMapping | None = None,
        system_prompt: str = "",
        accept_refused: bool = False,
        held_out: bool = False,
        progress: Progress | None = None,
    ) -> DatasetVersion:
        """Keeps the file's examples as the next version of the named dataset, whole or not at all.

        A file that is `held_out` is for testing only: every example of it is in the test split.

        Raises:
            InvalidDataset: when rows are refused and that was not accepted, or none is usable.
        """
        title = " ".join(name.split())
        if not 0 < len(title) <= LONGEST_NAME:
            raise InvalidInput(f"A dataset's name has 1 to {LONGEST_NAME} characters.")
        source = self._store.source(source_id)
        reading = read_source(
            self._reader, source, format, mapping, system_prompt=system_prompt, progress=progress
        )
        _refuse_losses(reading.intake, accept_refused)
        if held_out:
            reading = reading.held_out()
        with self._naming:
            return self._keep(source, reading, project_id, title, system_prompt)

    def keep_given(
        self,
        version_id: str,
        *,
        project_id: str,
        name: str,
        format: DataFormat,
        filename: str,
        sha256: str,
        examples: Sequence[Example],
    ) -> DatasetVersion:
        """Keeps examples that were read and divided already as the named dataset's next version.

        The same version id again changes nothing.
        """
        with self._naming, suppress(NotFound):
            return self._store.version(version_id)
        source = SourceFile(id=version_id, filename=filename, path="", size=0, sha256=sha256)
        reading = Reading(
            format=format,
            mapping=None,
            columns=(),
            rows=(),
            intake=Intake(tuple(examples), (), len(examples), 0),
        )
        with self._naming:
            return self._keep(source, reading, project_id, name, "", version_id)

    def all(self, project_id: str) -> list[Dataset]:
        """Returns the project's datasets, oldest first."""
        return self._store.datasets(project_id)

    def get(self, id: str) -> Dataset:
        """Returns a dataset or raises NotFound."""
        return self._store.dataset(id)

    def versions(self, dataset_id: str) -> list[DatasetVersion]:
        """Returns the dataset's versions, first one first."""
        return self._store.versions(dataset_id)

    def version(self, id: str) -> DatasetVersion:
        """Returns a version or raises NotFound."""
        return self._store.version(id)

    def examples(self, version_id: str, split: Split | None = None) -> list[Example]:
        """Returns the version's examples in order, all or one split."""
        return self._store.examples(version_id, split)

    def page(
        self,
        version_id: str,
        *,
        start: int = 0,
        end: int = 100,
        sort: str | None = None,
        direction: str = "asc",
        filters: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> tuple[list[dict[str, Any]], int]:
        """Returns some rows as a table shows them, and how many there are; see the store."""
        return self._store.page(
            version_id, start=start, end=end, sort=sort, direction=direction, filters=filters
        )

    def refused(self, version_id: str) -> list[RefusedRow]:
        """Returns the rows that were left out of the version, with reasons."""
        return self._store.refused(version_id)

    def balance(self, version_id: str) -> Balance:
        """Returns the version's label balance."""
        return balance(self._store.examples(version_id))

    def export_jsonl(self, version_id: str, path: Path | str) -> None:
        """Writes the version as OpenAI chat JSONL; replaces an existing file when it is whole."""
        write_chat(self._store.examples(version_id), Path(path))

    def export_refused(self, version_id: str, path: Path | str) -> None:
        """Writes the version's refused rows as CSV that is safe to open in a spreadsheet."""
        write_refused(self._store.refused(version_id), Path(path))

    def _keep(
        self,
        source: SourceFile,
        reading: Reading,
        project_id: str,
        name: str,
        system_prompt: str,
        version_id: str | None = None,
    ) -> DatasetVersion:
        known = self._store.dataset_by_name(project_id, name)
        dataset = known or Dataset(
            id=new_id("ds"), project_id=project_id, name=name, created_at=now()
        )
        earlier = self._store.versions(known.id) if known else []
        found = reading.intake
        version = DatasetVersion(
            id=version_id or new_id("dsv"),
            dataset_id=dataset.id,
            number=max((one.number for one in earlier), default=0) + 1,
            n_examples=len(found.examples),
            splits=counts(found.examples),
            n_refused=len(found.refused),
            content_hash=content_hash(found.examples),
            source_filename=source.filename,
            source_sha256=source.sha256,
            format=reading.format,
            mapping=reading.mapping,
            system_prompt=system_prompt.strip(),
            created_at=now(),
        )
        self._store.add_version(
            version, found.examples, found.refused, dataset=None if known else dataset
        )
        return version


def _refuse_losses(found: Intake, accept_refused: bool) -> None:
    """Nothing is left out without the user's word, and nothing is kept of a file without use."""
    if found.refused and not (accept_refused and found.examples):
        reasons = [f"line {row.line}: {row.reason}" for row in found.refused[:NAMED_REASONS]]
        told = " ".join(reasons) + (" …" if len(found.refused) > NAMED_REASONS else "")
        raise InvalidDataset(
            f"{len(found.refused)} of {found.n_rows} rows cannot be used: {told}",
            hint="Mend the file, or accept that these rows are left out."
            if found.examples
            else "No row is usable: choose another format or other columns.",
        )
    if not found.examples:
        raise InvalidDataset("The file has no rows.", hint="Export it again.")
