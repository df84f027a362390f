"""One record on its way out of the reading process, checked against the limits."""

from __future__ import annotations

from typing import Any, NamedTuple

from backends.reader.limits import MAX_CELL_CHARACTERS, MAX_DEPTH, MAX_FIELDS

EXCERPT = 160
"""Characters of a refused row that are shown."""


class Record(NamedTuple):
    """The fields of `studio.domain.datasets.RawRow`, without the cost of loading pydantic."""

    line: int
    values: dict[str, Any] | None = None
    error: str = ""
    excerpt: str = ""


def broken(line: int, error: str, raw: str) -> Record:
    """Returns a record that could not be read, with the beginning of what stands there."""
    return Record(line, None, error, readable(raw[:EXCERPT]))


def checked(line: int, values: Any, raw: str = "") -> Record:
    """Returns the record, or a broken one when it is no object or breaks a limit."""
    fault = _fault(values)
    return broken(line, fault, raw or str(values)) if fault else Record(line, values)


def readable(text: str) -> str:
    """Returns the text with what is no valid character replaced, so that it can be sent."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _fault(values: Any) -> str:
    """Walks without recursion: the depth is what is being checked."""
    if not isinstance(values, dict):
        return f"Expected an object with named fields, found {_kind(values)}."
    if len(values) > MAX_FIELDS:
        return f"The row has {len(values)} fields; {MAX_FIELDS} is the limit."
    waiting: list[tuple[Any, int]] = [(values, 1)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str):
            if fault := _text_fault(value):
                return fault
        elif isinstance(value, (dict, list)):
            if depth > MAX_DEPTH:
                return f"The row is nested deeper than {MAX_DEPTH} levels."
            if isinstance(value, dict):
                waiting.extend((key, depth + 1) for key in value)
                waiting.extend((item, depth + 1) for item in value.values())
            else:
                waiting.extend((item, depth + 1) for item in value)
    return ""


def _text_fault(text: str) -> str:
    if len(text) > MAX_CELL_CHARACTERS:
        return f"A text is {len(text):,} characters long; {MAX_CELL_CHARACTERS:,} is the limit."
    if text.isascii():
        return ""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "The row holds bytes or half characters that are not valid text."
    return ""


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
