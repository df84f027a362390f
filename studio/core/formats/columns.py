"""Tables: the user says which column is the question and which the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio.core.formats.fields import absence, cell_text
from studio.core.formats.turns import in_order
from studio.domain.datasets import ColumnMapping, Message
from studio.domain.errors import InvalidDataset


def messages(values: Mapping[str, Any], mapping: ColumnMapping) -> tuple[Message, ...]:
    """Returns the row's conversation; raises InvalidDataset with the reason when it is none.

    The context column follows the prompt after an empty line.
    """
    known = tuple(name for name in _named(mapping) if name)
    prompt = _required(values, mapping.prompt, known)
    context = cell_text(values, mapping.context) if mapping.context else ""
    system = cell_text(values, mapping.system) if mapping.system else ""
    return in_order(
        [
            Message(role="system", content=system),
            Message(role="user", content=f"{prompt}\n\n{context}" if context else prompt),
            Message(role="assistant", content=_required(values, mapping.answer, known)),
        ]
    )


def check(mapping: ColumnMapping, columns: tuple[str, ...]) -> None:
    """Raises InvalidDataset when the mapping names a missing column, or one column twice."""
    named = [name for name in _named(mapping) if name]
    for name in named:
        if name not in columns:
            raise InvalidDataset(
                f"The file has no column {name!r}.", hint=f"Columns: {', '.join(columns[:20])}."
            )
    if len(set(named)) != len(named):
        raise InvalidDataset(
            "One column is used for two parts.", hint="Choose a different column for each part."
        )


def _required(values: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str:
    text = cell_text(values, name)
    if not text:
        # Other columns of a table are left aside on purpose; they are no misplaced content.
        raise InvalidDataset(absence({k: v for k, v in values.items() if k in known}, name, known))
    return text


def _named(mapping: ColumnMapping) -> tuple[str | None, ...]:
    return (mapping.prompt, mapping.answer, mapping.system, mapping.context)
