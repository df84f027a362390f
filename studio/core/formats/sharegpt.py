"""ShareGPT rows: `{"conversations": [{"from": "human" | "gpt" | "system", "value"}, …]}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio.core.formats.fields import absence, excerpt, kind_of, optional_text
from studio.core.formats.turns import in_order, turn
from studio.domain.datasets import Message, Role
from studio.domain.errors import InvalidDataset

KNOWN = ("conversations", "system")
ROLES: dict[str, Role] = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "assistant": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "system": "system",
}
TOOL_ROLES = ("function_call", "observation", "tool", "function")


def messages(values: Mapping[str, Any]) -> tuple[Message, ...]:
    """Returns the row's conversation; raises InvalidDataset with the reason when it is none."""
    turns = values.get("conversations")
    if not turns:
        raise InvalidDataset(absence(values, "conversations", KNOWN))
    if not isinstance(turns, list):
        raise InvalidDataset(f"`conversations` is {kind_of(turns)}, not a list.")
    if values.get("tools"):
        raise InvalidDataset("`tools` is given; calling tools cannot be trained yet.")
    found = [_message(position, item) for position, item in enumerate(turns, start=1)]
    system = optional_text(values, "system")
    if system:
        found.insert(0, Message(role="system", content=system))
    return in_order(found)


def _message(position: int, item: Any) -> Message:
    if not isinstance(item, Mapping):
        raise InvalidDataset(f"Turn {position} is {kind_of(item)}, not a speaker with a text.")
    # Some exports keep the list's name but spell its turns like OpenAI does.
    speaker = item.get("from", item.get("role"))
    if speaker is None:
        raise InvalidDataset(f"Turn {position} has no `from`: {excerpt(dict(item))}")
    if speaker in TOOL_ROLES:
        raise InvalidDataset(
            f"Turn {position} calls a tool (`{speaker}`); calling tools cannot be trained yet."
        )
    return turn(position, speaker, item.get("value", item.get("content")), ROLES)
