"""Examples: the many rows of a dataset version; written as Arrow batches, read by page."""

from __future__ import annotations

import functools
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from studio.domain.datasets import Example, RefusedRow, Split
from studio.store.cursor import Cursor
from studio.store.paging import Condition, Filters, condition, order, span

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 10_000
"""Rows in an Arrow table: the fastest size measured, and small beside the examples themselves."""

COLUMNS = {name: name for name in ("line", "prompt", "answer", "split", "system")}

EXAMPLES = TypeAdapter(list[Example])

TEXTS = ("id", "split", "prompt_hash", "system", "prompt", "answer", "messages", "rejected")


class Counts:
    """Totals by version and filter; they never change, because versions never do."""

    def __init__(self, most: int = 1000) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, Condition], int] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, version_id: str, where: Condition, count: Callable[[], int]) -> int:
        """Returns the total, counting it the first time."""
        key = (version_id, where)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        total = count()
        with self._lock:
            self._kept[key] = total
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return total


def write(
    cursor: Cursor, version_id: str, examples: Sequence[Example], refused: Sequence[RefusedRow]
) -> None:
    """Writes all rows of a version that has none yet."""
    # Running the operation a second time must not double the rows.
    cursor.execute("DELETE FROM examples WHERE version_id = ?", [version_id])
    cursor.execute("DELETE FROM refused_rows WHERE version_id = ?", [version_id])
    cursor.insert_batches(
        "INSERT INTO examples BY NAME SELECT * FROM incoming",
        _batches(_example_table, version_id, examples),
    )
    cursor.insert_batches(
        "INSERT INTO refused_rows BY NAME SELECT * FROM incoming",
        _batches(_refused_table, version_id, refused),
    )


def read(cursor: Cursor, version_id: str, split: Split | None) -> list[Example]:
    """Returns the examples of a version in order, all or one split."""
    fields = ", ".join(f"'{name}', {name}" for name in Example.model_fields)
    cursor.execute(
        f"SELECT json_object({fields}) FROM examples"
        " WHERE version_id = $1 AND ($2 IS NULL OR split = $2) ORDER BY position",
        [version_id, None if split is None else split.value],
    )
    rows = [text for (text,) in cursor.fetchall()]
    found: list[Example] = []
    # Read as JSON many at a time, pydantic is faster than making the values one by one.
    for start in range(0, len(rows), BATCH):
        found += EXAMPLES.validate_json(f"[{','.join(rows[start : start + BATCH])}]")
    return found


def page(
    cursor: Cursor,
    counts: Counts,
    version_id: str,
    *,
    start: int,
    end: int,
    sort: str,
    direction: str,
    filters: Filters | None,
) -> tuple[list[dict[str, Any]], int]:
    """Returns some rows as a table shows them, and how many there are in all."""
    where = condition(filters, COLUMNS)
    ordered = order(sort, direction, COLUMNS, "id")
    limit, offset = span(start, end)
    clause = f"FROM examples WHERE version_id = ? {where.sql}"
    given = [version_id, *where.parameters]
    total = counts.get(
        version_id,
        where,
        lambda: int(cursor.execute(f"SELECT count(*) {clause}", given).scalar()),
    )
    # Sorting must not drag the wide columns along: places first, then the few rows themselves.
    cursor.execute(f"SELECT position {clause} {ordered} LIMIT {limit} OFFSET {offset}", given)
    places = [row[0] for row in cursor.fetchall()]
    if not places:
        return [], total
    marks = ", ".join("?" for _ in places)
    cursor.execute(
        "SELECT position, id, line, prompt, answer, split, system FROM examples"
        f" WHERE version_id = ? AND position IN ({marks})",
        [version_id, *places],
    )
    keys = ("id", "line", "prompt", "answer", "split", "system")
    found = {row[0]: dict(zip(keys, row[1:], strict=True)) for row in cursor.fetchall()}
    return [found[place] for place in places], total


def _batches(
    table: Callable[[str, int, Sequence[Any]], pa.Table], version_id: str, rows: Sequence[Any]
) -> Iterator[Callable[[], pa.Table]]:
    for start in range(0, len(rows), BATCH):
        yield functools.partial(_slice, table, version_id, start, rows)


def _slice(
    table: Callable[[str, int, Sequence[Any]], pa.Table],
    version_id: str,
    start: int,
    rows: Sequence[Any],
) -> pa.Table:
    return table(version_id, start, rows[start : start + BATCH])


def _example_table(version_id: str, start: int, examples: Sequence[Example]) -> pa.Table:
    import pyarrow as pa  # a third of a second, which only an import should pay

    columns: dict[str, list[Any]] = {name: [] for name in ("line", *TEXTS)}
    for example in examples:
        columns["line"].append(example.line)
        for name, text in zip(TEXTS, _texts(example), strict=True):
            columns[name].append(text)
    types = {"line": pa.int64(), **dict.fromkeys(TEXTS, pa.string())}
    arrays = {name: pa.array(column, types[name]) for name, column in columns.items()}
    return pa.table({**_places(version_id, start, len(examples)), **arrays})


def _refused_table(version_id: str, start: int, refused: Sequence[RefusedRow]) -> pa.Table:
    import pyarrow as pa

    return pa.table(
        {
            **_places(version_id, start, len(refused)),
            "line": pa.array([row.line for row in refused], pa.int64()),
            "reason": pa.array([row.reason for row in refused], pa.string()),
            "excerpt": pa.array([row.excerpt for row in refused], pa.string()),
        }
    )


def _places(version_id: str, start: int, n: int) -> dict[str, pa.Array]:
    import pyarrow as pa

    return {
        "version_id": pa.array([version_id] * n, pa.string()),
        "position": pa.array(range(start, start + n), pa.int64()),
    }


def _texts(example: Example) -> tuple[str | None, ...]:
    """Returns the contents of the columns named in TEXTS."""
    asked = [turn for turn in example.prompt if turn.role != "system"]
    system = "\n".join(turn.content for turn in example.prompt if turn.role == "system")
    if len(asked) == 1:
        prompt = asked[0].content
    else:
        prompt = "\n".join(f"{turn.role}: {turn.content}" for turn in asked)
    turns = [{"role": turn.role, "content": turn.content} for turn in example.messages]
    return (
        example.id,
        example.split.value,
        example.prompt_hash,
        system,
        prompt,
        example.answer,
        json.dumps(turns, ensure_ascii=False),
        example.rejected,
    )
