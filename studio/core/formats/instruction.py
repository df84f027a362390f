"""Alpaca rows: `{"instruction", "input"?, "output"}`, with `system` and `history` where given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio.core.formats.fields import absence, excerpt, optional_text, required_text, tidy
from studio.core.formats.turns import in_order
from studio.domain.datasets import Message
from studio.domain.errors import InvalidDataset

KNOWN = ("instruction", "input", "output", "system", "history")


def messages(values: Mapping[str, Any]) -> tuple[Message, ...]:
    """Returns the row's conversation; raises InvalidDataset with the reason when it is none.

    The input follows the instruction after an empty line.
    """
    parts = (optional_text(values, "instruction"), optional_text(values, "input"))
    prompt = "\n\n".join(part for part in parts if part)
    if not prompt:
        raise InvalidDataset(absence(values, "instruction", KNOWN))
    answer = required_text(values, "output", KNOWN)
    return in_order(
        [
            Message(role="system", content=optional_text(values, "system")),
            *_history(values.get("history")),
            Message(role="user", content=prompt),
            Message(role="assistant", content=answer),
        ]
    )


def _history(pairs: Any) -> list[Message]:
    """Earlier questions and answers, as pairs."""
    found: list[Message] = []
    for pair in pairs or ():
        if not (
            isinstance(pair, list) and len(pair) == 2 and all(isinstance(t, str) for t in pair)
        ):
            raise InvalidDataset(f"`history` holds no pair of question and answer: {excerpt(pair)}")
        question, answer = tidy(pair[0]), tidy(pair[1])
        if not (question and answer):
            raise InvalidDataset("`history` holds an empty question or answer.")
        found += [Message(role="user", content=question), Message(role="assistant", content=answer)]
    return found
