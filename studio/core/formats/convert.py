"""A row in any known format → the conversation it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from studio.core.formats import (
    columns,
    instruction,
    openai_chat,
    preference,
    prompt_completion,
    sharegpt,
)
from studio.domain.datasets import ColumnMapping, DataFormat, Message
from studio.domain.errors import InvalidDataset

READERS: dict[DataFormat, Callable[[Mapping[str, Any]], tuple[Message, ...]]] = {
    DataFormat.CHAT: openai_chat.messages,
    DataFormat.INSTRUCTION: instruction.messages,
    DataFormat.PROMPT_COMPLETION: prompt_completion.messages,
    DataFormat.SHAREGPT: sharegpt.messages,
    DataFormat.PREFERENCE: preference.messages,
}
"""Every format but the table, whose reader needs the mapping too."""


def conversation_of(
    values: Mapping[str, Any],
    format: DataFormat,
    mapping: ColumnMapping | None = None,
    system_prompt: str = "",
) -> tuple[Message, ...]:
    """Returns the row's turns, an answer last; raises InvalidDataset with the reason otherwise.

    Args:
        values: the row's fields.
        format: how to read them.
        mapping: which column plays which part; needed for tables.
        system_prompt: instructions for rows that have none of their own.
    """
    if format is DataFormat.COLUMNS:
        if mapping is None:
            raise InvalidDataset("The columns for question and answer are not chosen.")
        found = columns.messages(values, mapping)
    else:
        found = READERS[format](values)
    instructions = system_prompt.strip()
    if instructions and found[0].role != "system":
        return (Message(role="system", content=instructions), *found)
    return found


def conversations_of(
    values: Mapping[str, Any], format: DataFormat, mapping: ColumnMapping | None = None
) -> list[tuple[Message, ...]]:
    """Returns one conversation for each answer that OpenAI would learn from the row."""
    if format is DataFormat.CHAT:
        return openai_chat.answered(values)
    return [conversation_of(values, format, mapping)]


def rejected_of(values: Mapping[str, Any], format: DataFormat) -> str | None:
    """Returns the worse answer of a pair, None in every other format."""
    return preference.rejected(values) if format is DataFormat.PREFERENCE else None
