"""Rows: turns values into rows and back; nested values travel as JSON, times as naive UTC."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

import pydantic_core

from studio.domain.errors import Conflict, InvalidInput, NotFound
from studio.domain.values import Value
from studio.store.cursor import Cursor
from studio.store.failures import HALF_CHARACTER, HALF_CHARACTER_HINT

V = TypeVar("V", bound=Value)

BATCH = 2000
"""Rows in one INSERT: 45,000 rows/s, where a statement for each row gives 800."""


def cell(content: Any) -> Any:
    """Returns what the database keeps for one field of a value."""
    if isinstance(content, datetime):
        return content.astimezone(UTC).replace(tzinfo=None)
    if isinstance(content, Enum):
        return content.value
    if content is None or isinstance(content, (str, int, float, date)):
        return content
    if isinstance(content, Decimal):
        return str(content)
    # A number that is not finite has no place in JSON; null says that it is not known.
    try:
        return pydantic_core.to_json(content, inf_nan_mode="null").decode()
    except (UnicodeError, pydantic_core.PydanticSerializationError) as error:
        raise InvalidInput(HALF_CHARACTER, hint=HALF_CHARACTER_HINT) from error


def names(kind: type[Value], prefix: str = "") -> str:
    """Returns the columns of a noun for a SELECT or an INSERT."""
    return ", ".join(f'{prefix}"{name}"' for name in kind.model_fields)


def cells(value: Value) -> list[Any]:
    """Returns the contents of a row in the order of `names`."""
    return [cell(getattr(value, name)) for name in type(value).model_fields]


def contents(cursor: Cursor) -> Iterator[dict[str, Any]]:
    """Yields the rows held by the cursor as fields for values."""
    columns = cursor.columns
    times = [at for at, (_, kind) in enumerate(columns) if kind.startswith("TIMESTAMP")]
    nested = [at for at, (_, kind) in enumerate(columns) if kind == "JSON"]
    keys = [name for name, _ in columns]
    for row in cursor.fetchall():
        fields = list(row)
        for at in times:
            if fields[at] is not None:
                fields[at] = fields[at].replace(tzinfo=UTC)
        for at in nested:
            if fields[at] is not None:
                fields[at] = json.loads(fields[at])
        yield dict(zip(keys, fields, strict=True))


def values(cursor: Cursor, kind: type[V]) -> list[V]:
    """Returns the rows held by the cursor as values."""
    return [kind.model_validate(fields) for fields in contents(cursor)]


def value(cursor: Cursor, kind: type[V]) -> V | None:
    """Returns the first row held by the cursor as a value, or None."""
    found = values(cursor, kind)
    return found[0] if found else None


def select(kind: type[Value], table: str, rest: str = "") -> str:
    """Returns the statement that reads values of a noun."""
    return f"SELECT {names(kind)} FROM {table} {rest}"


def get(cursor: Cursor, kind: type[V], table: str, id: str, word: str) -> V:
    """Returns the value with that id.

    Raises:
        NotFound: naming the kind of thing and the id.
    """
    found = value(cursor.execute(select(kind, table, "WHERE id = ?"), [id]), kind)
    if found is None:
        raise NotFound(f"There is no {word} {id}.", hint="It may have been removed; reload.")
    return found


def add(cursor: Cursor, table: str, item: Value, word: str) -> None:
    """Adds a row; adding the very same row again changes nothing.

    Raises:
        Conflict: when the id is taken by a row with other contents.
    """
    kind = type(item)
    marks = ", ".join("?" for _ in kind.model_fields)
    sql = f"INSERT INTO {table} ({names(kind)}) VALUES ({marks}) ON CONFLICT DO NOTHING"
    if cursor.execute(sql, cells(item)).scalar() == 1:
        return
    key = item.model_dump()["id"]
    if value(cursor.execute(select(kind, table, "WHERE id = ?"), [key]), kind) != item:
        raise Conflict(f"There already is a different {word} with the id {key}.")


def add_missing(
    cursor: Cursor, table: str, key: str, keys: Sequence[str], items: Sequence[Value]
) -> None:
    """Adds many rows; those whose primary key is taken are left as they are.

    Args:
        cursor: the operation.
        table: where to.
        key: a column that is not in the values, such as the job of an event.
        keys: its contents, one for each value.
        items: values of one kind.
    """
    if not items:
        return
    kind = type(items[0])
    lists = ", ".join(["unnest(?)"] * (len(kind.model_fields) + 1))
    sql = f"INSERT INTO {table} ({key}, {names(kind)}) SELECT {lists} ON CONFLICT DO NOTHING"
    for start in range(0, len(items), BATCH):
        part = slice(start, start + BATCH)
        columns = zip(*(cells(item) for item in items[part]), strict=True)
        cursor.execute(sql, [list(keys[part]), *map(list, columns)])


def add_many(cursor: Cursor, table: str, items: Sequence[Value]) -> None:
    """Adds many rows of one kind; those whose primary key is taken are left as they are."""
    kind = type(items[0])
    lists = ", ".join(["unnest(?)"] * len(kind.model_fields))
    sql = f"INSERT INTO {table} ({names(kind)}) SELECT {lists} ON CONFLICT DO NOTHING"
    for start in range(0, len(items), BATCH):
        columns = zip(*(cells(item) for item in items[start : start + BATCH]), strict=True)
        cursor.execute(sql, [list(column) for column in columns])


def update(cursor: Cursor, table: str, item: Value) -> None:
    """Writes all fields of a row that is there."""
    kept = [name for name in type(item).model_fields if name != "id"]
    assigned = ", ".join(f'"{name}" = ?' for name in kept)
    cursor.execute(
        f"UPDATE {table} SET {assigned} WHERE id = ?",
        [*(cell(getattr(item, name)) for name in kept), item.model_dump()["id"]],
    )
