"""Reading a source file: format and columns guessed or given, every row sorted, its head shown."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from studio.core.formats.columns import check
from studio.core.formats.detect import columns_of, format_of
from studio.core.formats.fields import excerpt
from studio.core.formats.mapping import guess
from studio.core.intake import Intake, take_in
from studio.domain.datasets import ColumnMapping, DataFormat, RawRow, SourceFile, Split
from studio.domain.interfaces import RowReader
from studio.domain.values import Value

Progress = Callable[[int], None]
"""Called now and then with the number of rows read so far."""

SAMPLE_ROWS = 1000
"""Rows that the guesses of format and columns rest on."""
HEAD_ROWS = 20
HEAD_CHARACTERS = 2000
"""Longest cell shown of the first rows."""
REPORT_EVERY = 1000


class Reading(Value):
    """A file, read and understood."""

    format: DataFormat
    mapping: ColumnMapping | None
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    """The first rows as text."""
    intake: Intake

    def held_out(self) -> Reading:
        """Returns the same with every example in the test split."""
        tests = tuple(one.with_(split=Split.TEST) for one in self.intake.examples)
        return self.with_(intake=self.intake._replace(examples=tests))


def read_source(
    reader: RowReader,
    source: SourceFile,
    format: DataFormat | None = None,
    mapping: ColumnMapping | None = None,
    *,
    system_prompt: str = "",
    progress: Progress | None = None,
) -> Reading:
    """Reads the whole file and sorts every row into examples and refused rows.

    Raises:
        InvalidDataset: when the file cannot be read, or a chosen column is not in it.
    """
    # A refusal on the way must end the reading process at once.
    with closing(_counted(reader.read(Path(source.path)), progress)) as rows:
        return _understood(rows, format, mapping, system_prompt)


def _understood(
    rows: Iterator[RawRow],
    format: DataFormat | None,
    mapping: ColumnMapping | None,
    system_prompt: str,
) -> Reading:
    sample = list(itertools.islice(rows, SAMPLE_ROWS))
    fields = [row.values for row in sample if row.values is not None]
    columns = columns_of(fields)
    chosen = format or format_of(fields)
    if chosen is not DataFormat.COLUMNS:
        mapping = None
    elif mapping is None:
        mapping = guess(columns, fields)
    else:
        check(mapping, columns)
    return Reading(
        format=chosen,
        mapping=mapping,
        columns=columns,
        rows=tuple(_as_text(row) for row in fields[:HEAD_ROWS]),
        intake=take_in(
            itertools.chain(sample, rows),
            format=chosen,
            mapping=mapping,
            system_prompt=system_prompt,
        ),
    )


def _counted(rows: Iterable[RawRow], progress: Progress | None) -> Generator[RawRow, None, None]:
    for number, row in enumerate(rows, start=1):
        if progress and number % REPORT_EVERY == 0:
            progress(number)
        yield row


def _as_text(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: value[:HEAD_CHARACTERS] if isinstance(value, str) else _compact(value)
        for name, value in row.items()
    }


def _compact(value: Any) -> str:
    return "" if value is None else excerpt(value, HEAD_CHARACTERS)
