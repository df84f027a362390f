"""Short spellings for the tests of formats."""

from __future__ import annotations

from collections.abc import Sequence

from studio.domain.datasets import Message


def spoken(turns: Sequence[Message]) -> list[tuple[str, str]]:
    """Returns (first letter of the role, content) of every turn."""
    return [(turn.role[0], turn.content) for turn in turns]
