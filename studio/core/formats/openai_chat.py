"""OpenAI chat rows: `{"messages": [{"role", "content"}, …]}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio.core.formats.fields import absence, excerpt, kind_of
from studio.core.formats.turns import in_order, turn
from studio.domain.datasets import Message, Role
from studio.domain.errors import InvalidDataset

KNOWN = ("messages",)
ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",  # OpenAI's newer name for the same thing
    "user": "user",
    "assistant": "assistant",
}
TOOL_ROLES = ("tool", "function")
TOOL_FIELDS = ("tool_calls", "function_call")
TOOL_LISTS = ("tools", "functions")


def messages(values: Mapping[str, Any]) -> tuple[Message, ...]:
    """Returns the row's conversation; raises InvalidDataset with the reason when it is none."""
    turns = values.get("messages")
    if not turns:
        raise InvalidDataset(absence(values, "messages", KNOWN))
    for name in TOOL_LISTS:
        if values.get(name):
            raise InvalidDataset(f"`{name}` is given; calling tools cannot be trained yet.")
    return conversation(turns, "messages")


def answered(values: Mapping[str, Any]) -> list[tuple[Message, ...]]:
    """Returns one conversation for each answer to learn: all turns up to it.

    As OpenAI trains: on every answer whose `weight` is not 0. Raises InvalidDataset as `messages`
    does, and when no answer is left to learn.
    """
    turns = values.get("messages")
    if not isinstance(turns, list) or not turns or not _is_answer(turns[-1]):
        return [messages(values)]  # It says what is wrong.
    ends = [
        position
        for position, item in enumerate(turns, start=1)
        if _is_answer(item) and _counts(item)
    ]
    if not ends:
        return [messages(values)]
    for position, item in enumerate(turns[ends[-1] :], start=ends[-1] + 1):
        _message(position, item)
    return [messages({**values, "messages": turns[:end]}) for end in ends]


def _is_answer(turn: Any) -> bool:
    return isinstance(turn, Mapping) and turn.get("role") == "assistant"


def _counts(answer: Mapping[str, Any]) -> bool:
    weight = answer.get("weight")
    if weight is not None and (isinstance(weight, bool) or weight not in (0, 1)):
        raise InvalidDataset(f"`weight` is {excerpt(weight)}; it must be 0 or 1.")
    return weight != 0


def conversation(turns: Any, name: str) -> tuple[Message, ...]:
    """Returns a list of `{"role", "content"}` as messages in a valid order."""
    if not isinstance(turns, list):
        raise InvalidDataset(f"`{name}` is {kind_of(turns)}, not a list.")
    if not turns:
        raise InvalidDataset(f"`{name}` is empty.")
    found = [_message(position, item) for position, item in enumerate(turns, start=1)]
    if isinstance(turns[-1], Mapping) and turns[-1].get("weight") == 0:
        raise InvalidDataset("The last answer has weight 0, so there is nothing to learn.")
    return in_order(found)


def _message(position: int, item: Any) -> Message:
    if not isinstance(item, Mapping):
        raise InvalidDataset(f"Turn {position} is {kind_of(item)}, not a role with its content.")
    called = next((name for name in TOOL_FIELDS if item.get(name)), None)
    if called or item.get("role") in TOOL_ROLES:
        what = called or item["role"]
        raise InvalidDataset(
            f"Turn {position} calls a tool (`{what}`); calling tools cannot be trained yet."
        )
    if "role" not in item:
        raise InvalidDataset(f"Turn {position} has no `role`: {excerpt(dict(item))}")
    return turn(position, item["role"], item.get("content"), ROLES)
