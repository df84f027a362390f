"""JSON Lines: one object a line; a broken line is reported and the next one read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from backends.reader.json_text import DECODER, fault_of
from backends.reader.limits import MAX_RECORD_CHARACTERS, MEBIBYTE
from backends.reader.record import Record, broken, checked


def records(stream: TextIO) -> Iterator[Record]:
    """Yields a record for every line that is not blank, numbered by its line."""
    number = 0
    while line := stream.readline(MAX_RECORD_CHARACTERS + 1):
        number += 1
        if len(line) > MAX_RECORD_CHARACTERS and not line.endswith("\n"):
            _skip_to_end_of_line(stream)
            limit = MAX_RECORD_CHARACTERS // MEBIBYTE
            yield broken(number, f"The line is longer than {limit} million characters.", line[:500])
        elif line.strip():
            yield _record(number, line)


def _record(number: int, line: str) -> Record:
    try:
        value = DECODER.decode(line)
    except (ValueError, RecursionError) as error:
        return broken(number, fault_of(error), line)
    return checked(number, value, line)


def _skip_to_end_of_line(stream: TextIO) -> None:
    while (piece := stream.readline(MEBIBYTE)) and not piece.endswith("\n"):
        pass
