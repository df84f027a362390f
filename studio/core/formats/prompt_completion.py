"""Prompt and completion rows: `{"prompt", "completion"}`, each a text or a list of turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio.core.formats.fields import optional_text, required_text
from studio.core.formats.openai_chat import conversation
from studio.core.formats.turns import in_order
from studio.domain.datasets import Message
from studio.domain.errors import InvalidDataset

KNOWN = ("prompt", "completion", "system")


def messages(values: Mapping[str, Any]) -> tuple[Message, ...]:
    """Returns the row's conversation; raises InvalidDataset with the reason when it is none."""
    prompt, completion = values.get("prompt"), values.get("completion")
    if isinstance(prompt, list) and isinstance(completion, list):
        return conversation([*prompt, *completion], "prompt")
    if isinstance(prompt, list) or isinstance(completion, list):
        raise InvalidDataset("`prompt` and `completion` must both be texts or both be lists.")
    return in_order(
        [
            Message(role="system", content=optional_text(values, "system")),
            Message(role="user", content=required_text(values, "prompt", KNOWN)),
            Message(role="assistant", content=required_text(values, "completion", KNOWN)),
        ]
    )
