"""Parquet, a few rows at a time: what a footer promises about sizes proves nothing."""

from __future__ import annotations

import decimal
import io
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backends.reader.limits import (
    MAX_FIELDS,
    MAX_ROWS,
    MEBIBYTE,
    FileRefused,
    refuse_expansion,
)
from backends.reader.opening import is_gzip, open_bytes
from backends.reader.record import Record, broken, checked

MAGIC = b"PAR1"
BATCH_ROWS = 64
"""Rows decoded at once: with the longest cell allowed this stays far below the memory limit."""
LARGEST_UNPACKED = 128 * MEBIBYTE
"""A gzipped Parquet file has to be held in memory, because it is read from its end."""


def looks_like(path: Path) -> bool:
    """Says whether the file begins like Parquet, whatever it is called."""
    with path.open("rb") as stream:
        return stream.read(4) == MAGIC


def records(path: Path) -> Iterator[Record]:
    """Yields the rows numbered from 1."""
    # One thread and the system's allocator keep reserved memory small under the kernel's limit.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    import pyarrow
    from pyarrow import parquet

    pyarrow.set_cpu_count(1)
    pyarrow.set_io_thread_count(1)
    try:
        with parquet.ParquetFile(_source(path), buffer_size=MEBIBYTE, pre_buffer=False) as file:
            _refuse_sizes(file.metadata.num_rows, file.schema_arrow.names)
            yield from _rows(file, path.stat().st_size)
    except pyarrow.ArrowMemoryError:
        raise
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise FileRefused(f"The Parquet file cannot be read: {_first_line(error)}") from error


def _source(path: Path) -> Path | io.BytesIO:
    if not is_gzip(path):
        return path
    with open_bytes(path) as stream:
        held = stream.read(LARGEST_UNPACKED + 1)
    if len(held) > LARGEST_UNPACKED:
        limit = LARGEST_UNPACKED // MEBIBYTE
        raise FileRefused(
            f"The Parquet file is larger than {limit} MB once unpacked.",
            "Bring it without gzip; Parquet is compressed by itself.",
        )
    return io.BytesIO(held)


def _refuse_sizes(rows: int, names: list[str]) -> None:
    if rows > MAX_ROWS:
        raise FileRefused(f"The file has {rows:,} rows; {MAX_ROWS:,} is the limit.")
    if len(names) > MAX_FIELDS:
        raise FileRefused(f"The table has {len(names)} columns; {MAX_FIELDS} is the limit.")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise FileRefused(f"Two columns are called {twice!r}.", "Rename one of them.")


def _rows(file: Any, on_disk: int) -> Iterator[Record]:
    number = decoded = 0
    for batch in file.iter_batches(batch_size=BATCH_ROWS):
        decoded += batch.nbytes
        refuse_expansion(decoded, on_disk)
        columns = {name: _plain(batch.column(name)) for name in batch.schema.names}
        for values in zip(*columns.values(), strict=True):
            number += 1
            yield _record(number, dict(zip(columns, values, strict=True)))


def _plain(column: Any) -> list[Any]:
    """Dates become text here: nanoseconds have no Python value."""
    import pyarrow

    if pyarrow.types.is_temporal(column.type):
        column = column.cast(pyarrow.string())
    return list(column.to_pylist())


def _record(number: int, values: dict[str, Any]) -> Record:
    try:
        plain = {name: _sendable(value) for name, value in values.items()}
    except (TypeError, RecursionError) as error:
        return broken(number, str(error) or "The row is nested too deeply.", str(list(values)))
    return checked(number, plain)


def _sendable(value: Any) -> Any:
    """Returns a value that JSON can carry; missing numbers become None."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _sendable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_sendable(item) for item in value]
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, bytes):
        raise TypeError("The row holds binary data.")
    return str(value)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or ["unknown damage"])[0][:200]
