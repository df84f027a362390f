"""Guessing a file's format from the fields of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from studio.domain.datasets import DataFormat


class Signature(NamedTuple):
    """Fields that give a format away."""

    format: DataFormat
    fields: frozenset[str]
    because: str


SIGNATURES = (
    Signature(
        DataFormat.PREFERENCE,
        frozenset({"input", "preferred_output", "non_preferred_output"}),
        "Rows have a `preferred_output` and a `non_preferred_output`.",
    ),
    # Before chat: some exports of pairs repeat the better conversation as `messages`.
    Signature(
        DataFormat.PREFERENCE,
        frozenset({"chosen", "rejected"}),
        "Rows have a `chosen` and a `rejected` answer.",
    ),
    Signature(DataFormat.CHAT, frozenset({"messages"}), "Rows have a list of `messages`."),
    Signature(DataFormat.SHAREGPT, frozenset({"conversations"}), "Rows have `conversations`."),
    Signature(
        DataFormat.INSTRUCTION,
        frozenset({"instruction", "output"}),
        "Rows have an `instruction` and an `output`.",
    ),
    Signature(
        DataFormat.PROMPT_COMPLETION,
        frozenset({"prompt", "completion"}),
        "Rows have a `prompt` and a `completion`.",
    ),
)
"""Tried in this order; what fits none is a table whose columns the user maps."""


def format_of(rows: Sequence[Mapping[str, Any]]) -> DataFormat:
    """Returns the format that fits at least half of the rows."""
    for signature in SIGNATURES:
        fitting = sum(signature.fields <= row.keys() for row in rows)
        if rows and 2 * fitting >= len(rows):
            return signature.format
    return DataFormat.COLUMNS


def columns_of(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Returns every field that occurs, in order of first appearance."""
    return tuple(dict.fromkeys(name for row in rows for name in row))
