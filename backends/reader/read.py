"""The reading process: `python -m backends.reader.read PATH PARENT` writes one JSON line a record.

The last line is `{"end": rows}` or `{"refused": message, "hint": hint}`; without one it died.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

from backends.reader import json_document, json_lines, parquet, sandbox, table_text
from backends.reader.json_text import DECODER
from backends.reader.limits import (
    MAX_BROKEN_ROWS,
    MAX_RECORD_CHARACTERS,
    MAX_ROWS,
    MEBIBYTE,
    RESIDENT_BYTES,
    FileRefused,
    refuse_expansion,
)
from backends.reader.opening import open_text
from backends.reader.record import Record

SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
"""Names the reader understands, each also with `.gz` behind it."""

ENCODER = json.JSONEncoder(ensure_ascii=False)
ENVELOPE = 64
"""Bytes of an outgoing line that are not the record's own."""


def records(path: Path) -> Iterator[Record]:
    """Yields the file's records in order, by name and, where that lies, by content."""
    suffix = suffix_of(path)
    if suffix == ".parquet" or parquet.looks_like(path):
        yield from parquet.records(path)
        return
    if suffix in (".csv", ".tsv"):
        with open_text(path, newline="") as stream:
            yield from table_text.records(stream, "\t" if suffix == ".tsv" else None)
        return
    as_lines = _is_json_lines(path, suffix)
    with open_text(path, newline="\n") as stream:
        yield from (json_lines if as_lines else json_document).records(stream)


def suffix_of(path: Path) -> str:
    """Returns the suffix that tells the format, without `.gz`."""
    name = path.name.lower()
    suffix = Path(name.removesuffix(".gz")).suffix
    if suffix not in SUFFIXES:
        raise FileRefused(
            f"Files ending in {suffix or 'nothing'} are not understood.",
            f"Bring one of {', '.join(SUFFIXES)}, gzipped or not.",
        )
    return suffix


def _is_json_lines(path: Path, suffix: str) -> bool:
    """JSON Lines by name unless an array begins, or by a whole object in line 1 with more below."""
    with open_text(path, newline="\n") as stream:
        first = _next_line(stream)
        if first.startswith("["):
            return False
        if suffix != ".json":
            return True
        try:
            DECODER.decode(first)
        except (ValueError, RecursionError):
            return False
        return bool(_next_line(stream))


def _next_line(stream: TextIO) -> str:
    while line := stream.readline(MAX_RECORD_CHARACTERS):
        if stripped := line.strip():
            return stripped
    return ""


def main(path: Path, parent: int) -> None:
    """Reads the file and writes its records to standard output."""
    sandbox.enter(parent)
    out = sys.stdout.buffer
    ending: dict[str, object]
    try:
        if not path.is_file():
            raise FileRefused("There is no such file.")
        ending = {"end": _send(records(path), out, path.stat().st_size)}
    except FileRefused as refusal:
        ending = {"refused": refusal.message, "hint": refusal.hint}
    except UnicodeError as error:
        ending = {"refused": f"The text is damaged or cut short: {error}.", "hint": ""}
    except MemoryError:
        limit = RESIDENT_BYTES // MEBIBYTE
        ending = {"refused": f"Reading the file takes more than {limit} MB of memory.", "hint": ""}
    out.write(encoded(ending))
    out.flush()
    # Libraries may hold threads; everything is written, so nothing is worth waiting for.
    os._exit(0)


def _send(found: Iterator[Record], out: BinaryIO, on_disk: int) -> int:
    """Writes records and returns their number, counting what they expand to."""
    count = size = broken = 0
    for record in found:
        count += 1
        broken += record.values is None
        line = encoded(record._asdict())
        size += len(line) - ENVELOPE
        _refuse_excess(count, broken)
        refuse_expansion(size, on_disk)
        out.write(line)
    return count


def _refuse_excess(count: int, broken: int) -> None:
    if count > MAX_ROWS:
        raise FileRefused(
            f"The file has more than {MAX_ROWS:,} rows.", "Split it into smaller files."
        )
    if broken > MAX_BROKEN_ROWS:
        raise FileRefused(
            f"More than {MAX_BROKEN_ROWS:,} rows cannot be read.", "Is it what its name says?"
        )


def encoded(value: dict[str, object]) -> bytes:
    """Returns one line for the studio."""
    return ENCODER.encode(value).encode("utf-8") + b"\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
