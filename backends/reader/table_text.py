"""Tables as text: CSV and TSV with sniffed delimiters, quoted line breaks and odd headers."""

from __future__ import annotations

import contextlib
import csv
import itertools
from collections.abc import Iterator
from typing import Any, TextIO

from backends.reader.limits import (
    MAX_CELL_CHARACTERS,
    MAX_FIELDS,
    MAX_RECORD_CHARACTERS,
    MEBIBYTE,
    FileRefused,
)
from backends.reader.record import Record, broken, checked

DELIMITERS = (",", ";", "\t", "|")
"""Tried in this order; the first among equals wins."""
SAMPLE_RECORDS = 50
LONGEST_SAMPLE = 4 * MEBIBYTE


def records(stream: TextIO, preferred: str | None = None) -> Iterator[Record]:
    """Yields a record for every row under the header, numbered by its first physical line."""
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    lines = _bounded_lines(stream)
    sample = _sample(lines)
    declared, skipped = _declared_delimiter(sample)
    delimiter = declared or _sniffed(sample, preferred)
    reader = csv.reader(itertools.chain(sample[skipped:], lines), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    for first, cells, error in _rows(reader, skipped):
        if header is None:
            if error:
                raise FileRefused(f"The header in line {first} cannot be read: {error}")
            header = names_of(cells)
        else:
            yield _record(first, cells, error, header, delimiter)


def names_of(cells: list[str]) -> list[str]:
    """Returns usable, distinct column names for whatever stands in the header."""
    if len(cells) > MAX_FIELDS:
        raise FileRefused(f"The table has {len(cells)} columns; {MAX_FIELDS} is the limit.")
    names: list[str] = []
    for position, cell in enumerate(cells, start=1):
        name = " ".join(cell.replace("\ufeff", "").split()) or f"column {position}"
        times = itertools.count(2)
        unique = name
        while unique in names:
            unique = f"{name} ({next(times)})"
        names.append(unique)
    return names


def _rows(reader: Any, before: int) -> Iterator[tuple[int, list[str], str]]:
    """Yields (first line, cells, error); blank lines are no rows."""
    while True:
        first = before + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield first, [], _in_words(error, first, before + reader.line_num)
        else:
            if cells:
                yield first, cells, ""


def _record(line: int, cells: list[str], error: str, header: list[str], delimiter: str) -> Record:
    if error:
        return broken(line, error, "")
    if len(cells) != len(header):
        have = f"{len(cells)} cell{'s' if len(cells) != 1 else ''}"
        return broken(
            line, f"The row has {have}; the header has {len(header)}.", delimiter.join(cells)
        )
    return checked(line, dict(zip(header, cells, strict=True)))


def _in_words(error: csv.Error, first: int, last: int) -> str:
    text = str(error)
    where = f"Lines {first} to {last}" if last > first else "The row"
    if "field larger" in text:
        return f"{where}: a cell is longer than {MAX_CELL_CHARACTERS:,} characters."
    if "unexpected end" in text:
        return f"{where}: a quotation mark is opened and never closed."
    if "expected after" in text:
        return f"{where}: text follows a closing quotation mark; write quotes in a cell twice."
    return f"{where}: {text}."


def _bounded_lines(stream: TextIO) -> Iterator[str]:
    number = 0
    while line := stream.readline(MAX_RECORD_CHARACTERS + 1):
        number += 1
        if len(line) > MAX_RECORD_CHARACTERS:
            limit = MAX_RECORD_CHARACTERS // MEBIBYTE
            raise FileRefused(f"Line {number} is longer than {limit} million characters.")
        yield line


def _sample(lines: Iterator[str]) -> list[str]:
    taken: list[str] = []
    size = 0
    for line in lines:
        taken.append(line)
        size += len(line)
        if len(taken) >= 4 * SAMPLE_RECORDS or size > LONGEST_SAMPLE:
            break
    return taken


def _declared_delimiter(sample: list[str]) -> tuple[str | None, int]:
    """Spreadsheets may write `sep=;` above the header."""
    first = sample[0].rstrip("\r\n") if sample else ""
    if first.lower().startswith("sep=") and len(first) == 5:
        return first[4], 1
    return None, 0


def _sniffed(sample: list[str], preferred: str | None) -> str:
    """The delimiter that cuts most of the sample into as many columns as the header has."""
    order = [d for d in (preferred, *DELIMITERS) if d]
    return max(dict.fromkeys(order), key=lambda delimiter: _evenness(sample, delimiter))


def _evenness(sample: list[str], delimiter: str) -> float:
    widths: list[int] = []
    reader = csv.reader(sample, delimiter=delimiter)
    with contextlib.suppress(csv.Error):
        widths.extend(len(cells) for cells in itertools.islice(reader, SAMPLE_RECORDS) if cells)
    if not widths or widths[0] < 2:
        return 0.0
    return widths.count(widths[0]) / len(widths)
