"""A JSON document: an array of objects, or an object that holds one such array."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TextIO

from backends.reader.json_window import JsonWindow, TooLong
from backends.reader.limits import FileRefused
from backends.reader.record import Record, checked

CONVERSATIONS = ("messages", "conversations", "conversation")
"""Arrays of objects that belong to one row; an object that holds one is a row, not a wrapper."""


def records(stream: TextIO) -> Iterator[Record]:
    """Yields the array's elements, numbered from 1; a large array is never held whole."""
    window = JsonWindow(stream)
    start = window.peek()
    if start == "[":
        yield from _elements(window)
    elif start == "{":
        yield from _object(window)
    else:
        raise FileRefused(
            "The file does not begin like JSON.", "It should begin with [ or {; check its name."
        )
    if window.peek():
        raise FileRefused(f"Line {window.line}: something follows the end of the JSON document.")


def _elements(window: JsonWindow) -> Iterator[Record]:
    window.skip("[")
    number = 0
    while window.peek() != "]":
        if number:
            window.skip(",")
        number += 1
        yield checked(number, window.value())
    window.skip("]")


def _object(window: JsonWindow) -> Iterator[Record]:
    try:
        whole = window.value()
    except TooLong:
        return (yield from _large_object(window))
    lists = [name for name, value in whole.items() if _holds_rows(name, value)]
    _refuse_several(lists)
    rows = whole[lists[0]] if lists else [whole]
    yield from (checked(number, row) for number, row in enumerate(rows, start=1))


def _holds_rows(name: str, value: Any) -> bool:
    return (
        name not in CONVERSATIONS
        and isinstance(value, list)
        and bool(value)
        and isinstance(value[0], dict)
    )


def _large_object(window: JsonWindow) -> Iterator[Record]:
    """An object longer than any row can be: it must be the wrapper of a list of rows."""
    window.skip("{")
    lists: list[str] = []
    first = True
    while window.peek() != "}":
        if not first:
            window.skip(",")
        first = False
        name = str(window.value())
        window.skip(":")
        if window.peek() != "[":
            window.value()
            continue
        for record in _elements(window):
            if record.values is not None and name not in lists:
                lists.append(name)
                _refuse_several(lists)
            if name in lists:
                yield record
    window.skip("}")


def _refuse_several(lists: list[str]) -> None:
    if len(lists) > 1:
        raise FileRefused(
            f"The file holds several lists of rows: {', '.join(map(repr, lists[:5]))}.",
            "Keep one list in each file.",
        )
