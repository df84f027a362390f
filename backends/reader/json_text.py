"""Decoding one JSON value with every limit and every ambiguity named."""

from __future__ import annotations

import json
from typing import Any


class Ambiguous(ValueError):
    """An object names the same field twice, so one of the two would be lost."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Ambiguous(f"The field {twice[:80]!r} occurs twice.")
    return found


# Some exports write NaN or Infinity where a value is missing.
DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=lambda _: None)


def fault_of(error: ValueError | RecursionError) -> str:
    """Says in plain words what made a value unreadable."""
    if isinstance(error, RecursionError):
        return "The row is nested too deeply."
    if isinstance(error, json.JSONDecodeError):
        return f"This is not valid JSON: {error.msg} (character {error.colno})."
    if isinstance(error, Ambiguous):
        return str(error)
    return "A number in this row is too long."
