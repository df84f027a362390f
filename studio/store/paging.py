"""Paging: what a table asks for (sort, filters, range), checked against what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from studio.domain.errors import InvalidInput

LONGEST_PAGE = 1000

OPERATORS = {
    "contains": "contains(lower({column}::VARCHAR), lower(?))",
    "equals": "{column}::VARCHAR = ?",
}

Filters = Mapping[str, Mapping[str, Any]]
"""Column → `{"type": "contains" | "equals", "filter": text}`, as data grids send it."""


class Condition(NamedTuple):
    """A piece of a WHERE clause with the values of its marks."""

    sql: str
    parameters: tuple[str, ...]


def condition(filters: Filters | None, columns: Mapping[str, str]) -> Condition:
    """Returns the filters as SQL that begins with AND, or nothing.

    Args:
        filters: what the user typed above the columns.
        columns: name in the request → SQL expression; no other name is accepted.
    """
    pieces, parameters = [], []
    for name in sorted(filters or {}):
        wanted = (filters or {})[name]
        operator = str(wanted.get("type", "contains"))
        if operator not in OPERATORS:
            raise InvalidInput(
                f"A filter cannot be of the type {operator!r}.",
                hint=f"Known types: {', '.join(OPERATORS)}.",
            )
        pieces.append("AND " + OPERATORS[operator].format(column=_known(name, columns)))
        parameters.append(str(wanted.get("filter", "")))
    return Condition(" ".join(pieces), tuple(parameters))


def order(sort: str, direction: str, columns: Mapping[str, str], last: str) -> str:
    """Returns an ORDER BY that always ends with `last`, so that equal rows keep their places."""
    if direction not in ("asc", "desc"):
        raise InvalidInput(f"Rows can be sorted asc or desc, not {direction!r}.")
    return f"ORDER BY {_known(sort, columns)} {direction}, {last}"


def span(start: int, end: int) -> tuple[int, int]:
    """Returns LIMIT and OFFSET for the rows from `start` up to but not including `end`."""
    if start < 0 or end < start or end - start > LONGEST_PAGE:
        raise InvalidInput(
            f"Rows {start} to {end} are not a page.",
            hint=f"Ask for at most {LONGEST_PAGE} rows, counted from 0.",
        )
    return end - start, start


def _known(name: str, columns: Mapping[str, str]) -> str:
    if name not in columns:
        raise InvalidInput(
            f"There is no column {name!r}.", hint=f"Known columns: {', '.join(columns)}."
        )
    return columns[name]
