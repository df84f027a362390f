"""Text out of a row's fields, and plain words for what is missing, empty or no text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from studio.domain.errors import InvalidDataset

KINDS: dict[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    tuple: "a list",
    dict: "an object",
}
SHOWN = 60
DAMAGE = re.compile("[\0\ud800-\udfff]")
"""Zero bytes and unpaired surrogates: no file format of ours can keep them."""


def required_text(values: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str:
    """Returns the field's text; raises InvalidDataset with a reason when there is none.

    Args:
        values: the row.
        name: the field.
        known: every field the format reads, to tell when the content lies in others.
    """
    text = optional_text(values, name)
    if not text:
        raise InvalidDataset(absence(values, name, known))
    return text


def optional_text(values: Mapping[str, Any], name: str) -> str:
    """Returns the field's text, empty when it is missing; raises InvalidDataset for no text."""
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidDataset(f"`{name}` is {kind_of(value)}, not text: {excerpt(value)}")
    return tidy(value)


def cell_text(values: Mapping[str, Any], name: str) -> str:
    """Returns a table's cell as text: numbers and truth values too, whole numbers without `.0`."""
    value = values.get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (int, float)):
        return str(value)
    return optional_text(values, name)


def tidy(text: str) -> str:
    """Returns the text with Unix line ends and no white space around it; empty if nothing shows.

    Raises:
        InvalidDataset: for a zero byte or half a character, the signs of a damaged export.
    """
    if "\0" in text or not (text.isascii() or DAMAGE.search(text) is None):
        raise InvalidDataset("The text holds a zero byte or half a character: it is damaged.")
    tidied = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return tidied if any(c.isprintable() and not c.isspace() for c in tidied) else ""


def absence(values: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str:
    """Says that a field is missing or empty, and where the row's content is instead."""
    what = f"`{name}` is empty" if name in values else f"There is no `{name}`"
    other = [f"`{key}`" for key, value in values.items() if key not in known and value]
    if not other:
        return f"{what}."
    return f"{what}; the row has content in {', '.join(other[:4])}, which is not read here."


def kind_of(value: Any) -> str:
    """Returns the kind of a value in plain words."""
    return KINDS.get(type(value), "nothing" if value is None else "something else")


def excerpt(value: Any, most: int = SHOWN) -> str:
    """Returns the first characters of a value on one line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    line = " ".join(DAMAGE.sub("\ufffd", text[: 4 * most]).split())
    return line if len(line) <= most else line[: most - 1] + "…"
