"""Intake: from a file on this machine to a dataset version, refusing loudly."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from studio.cli import follow
from studio.cli.exits import REFUSED
from studio.cli.output import say, table
from studio.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.domain.datasets import ColumnMapping, DatasetVersion, Preview, RefusedRow
    from studio.services.container import Services

SHOWN = 50
"""Refused rows shown one by one; the rest is counted."""


class Columns(NamedTuple):
    """What the user said about the file's shape; None where it is to be guessed."""

    prompt: str | None = None
    answer: str | None = None
    system: str | None = None
    context: str | None = None
    format: str | None = None
    system_prompt: str = ""

    def mapping(self) -> ColumnMapping | None:
        """Returns the column mapping, None when no column was named."""
        from studio.domain.datasets import ColumnMapping

        if not any((self.prompt, self.answer, self.system, self.context)):
            return None
        if not self.prompt or not self.answer:
            raise InvalidInput(
                "A column mapping needs both the prompt and the answer.",
                hint="Give --prompt-column and --answer-column.",
            )
        return ColumnMapping(
            prompt=self.prompt, answer=self.answer, system=self.system, context=self.context
        )


def looked_at(services: Services, file: Path, columns: Columns) -> Preview:
    """Copies the file in and returns what an import of it would give."""
    from studio.domain.datasets import DataFormat

    source = services.datasets.stage(str(file.resolve()), file.name)
    mapping = columns.mapping()
    form = DataFormat(columns.format) if columns.format else None
    if mapping is not None and form is None:
        form = DataFormat.COLUMNS
    with follow.rows(f"Reading {file.name}") as counted:
        return services.datasets.preview(
            source.id,
            format=form,
            mapping=mapping,
            system_prompt=columns.system_prompt,
            progress=counted,
        )


def bring_in(
    services: Services,
    preview: Preview,
    *,
    project_id: str,
    name: str,
    columns: Columns,
    accept_refused: bool,
    held_out: bool = False,
) -> DatasetVersion:
    """Imports what was previewed; exits with REFUSED when rows were refused and not accepted."""
    if preview.refused and not accept_refused:
        tell_refused(preview.refused)
        say(
            f"Nothing was imported: {len(preview.refused)} of {preview.n_rows} rows would be "
            "left out. Mend the file, or repeat with --accept-refused."
        )
        raise typer.Exit(REFUSED)
    known = _imported_before(services, preview, project_id, name, columns.system_prompt)
    if known is not None:
        say(f"The same file is version {known.number} of {name!r} already.")
        return known
    with follow.rows(f"Importing {preview.source.filename}") as counted:
        return services.datasets.create(
            preview.source.id,
            project_id=project_id,
            name=name,
            format=preview.format,
            mapping=preview.mapping,
            system_prompt=columns.system_prompt,
            accept_refused=accept_refused,
            held_out=held_out,
            progress=counted,
        )


def _imported_before(
    services: Services, preview: Preview, project_id: str, name: str, system_prompt: str
) -> DatasetVersion | None:
    """Returns the dataset's newest version when it came from this file, read the same way."""
    for dataset in services.datasets.all(project_id):
        if dataset.name == name:
            newest = max(services.datasets.versions(dataset.id), key=lambda one: one.number)
            read = (newest.source_sha256, newest.format, newest.mapping, newest.system_prompt)
            now = (preview.source.sha256, preview.format, preview.mapping, system_prompt.strip())
            return newest if read == now else None
    return None


def tell_refused(refused: Sequence[RefusedRow]) -> None:
    """Lists refused rows on stderr with line and reason."""
    if not refused:
        return
    say(f"{len(refused)} rows refused:")
    rows = ((row.line, row.reason, row.excerpt[:60]) for row in refused[:SHOWN])
    say(table(("line", "reason", "row"), rows))
    if len(refused) > SHOWN:
        say(f"… and {len(refused) - SHOWN} more.")
