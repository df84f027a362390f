"""Turns: the roles and the order that a chat template can render and a trainer can learn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from studio.core.formats.fields import excerpt, kind_of, tidy
from studio.domain.datasets import Message, Role
from studio.domain.errors import InvalidDataset

NAMES: dict[Role, str] = {"system": "instructions", "user": "a question", "assistant": "an answer"}


def turn(position: int, role: Any, content: Any, roles: Mapping[str, Role]) -> Message:
    """Returns one message; raises InvalidDataset naming the turn when it cannot be one.

    Args:
        position: which turn, from 1.
        role: as the file spells it.
        content: text, or a list of text parts.
        roles: the file's spelling → ours.
    """
    if not isinstance(role, str) or role not in roles:
        raise InvalidDataset(
            f"Turn {position}: the role {excerpt(role)} is not one of {_all(roles)}."
        )
    text = tidy(_text(position, content))
    if not text and roles[role] != "system":
        raise InvalidDataset(f"Turn {position} ({role}) is empty.")
    return Message(role=roles[role], content=text)


def in_order(turns: Sequence[Message]) -> tuple[Message, ...]:
    """Returns the turns without empty instructions; raises InvalidDataset for a wrong order.

    The order is: instructions or none, then questions and answers in alternation, an answer last.
    """
    kept = [message for message in turns if message.content]
    expected: Role = "user"
    for position, message in enumerate(kept, start=1):
        if message.role == "system" and position == 1:
            continue
        if message.role != expected:
            raise InvalidDataset(
                f"Turn {position} is {NAMES[message.role]} ({message.role}) where "
                f"{NAMES[expected]} ({expected}) should stand."
            )
        expected = "assistant" if expected == "user" else "user"
    if not kept or kept[-1].role != "assistant":
        last = f"the last turn is from `{kept[-1].role}`" if kept else "there is no turn"
        raise InvalidDataset(f"There is no answer to learn: {last}.")
    return tuple(kept)


def _text(position: int, content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(_part(position, part) for part in content)
    raise InvalidDataset(f"Turn {position}: the content is {kind_of(content)}, not text.")


def _part(position: int, part: Any) -> str:
    """Content may come as parts; only text can be learnt."""
    if isinstance(part, str):
        return part
    said = part.get("text") if isinstance(part, Mapping) and part.get("type") == "text" else None
    if isinstance(said, str):
        return said
    kind = part.get("type") if isinstance(part, Mapping) else kind_of(part)
    if kind == "text":
        raise InvalidDataset(f"Turn {position} has a text part without text.")
    raise InvalidDataset(f"Turn {position} holds {excerpt(kind)}; only text can be trained.")


def _all(roles: Mapping[str, Role]) -> str:
    return ", ".join(roles)
