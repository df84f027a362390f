"""Paging with cursors: a slice after the item a client saw last, and whether more follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from studio.api.v1.errors import invalid

Item = TypeVar("Item")


def page(
    items: Sequence[Item],
    *,
    after: str | None,
    limit: int,
    id_of: Callable[[Item], str],
) -> tuple[list[Item], bool]:
    """Returns at most `limit` items behind the one with that id, and whether more follow.

    Raises:
        ApiError: when no item has the id `after`.
    """
    start = 0
    if after is not None:
        found = (at for at, item in enumerate(items, start=1) if id_of(item) == after)
        start = next(found, -1)
        if start < 0:
            raise invalid(f"There is nothing with the id {after[:80]} to go on after.", "after")
    return list(items[start : start + limit]), start + limit < len(items)
