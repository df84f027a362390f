"""Row shapes: one thing to learn as the line of JSON that a trainer reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from studio.domain.datasets import Message

Line = dict[str, Any]

BALANCE = 1.33
"""How far wanted answers may outweigh unwanted ones, as trl's documentation of KTO asks."""
FEW_PER_SIDE = 200
"""Wanted and unwanted answers below which KTO is not worth it; a judgement."""


class Row(NamedTuple):
    """One thing to learn, before it has a shape."""

    messages: tuple[Message, ...]
    better: str
    worse: str = ""
    liked: bool = True


def weights(liked: int, disliked: int) -> str:
    """Returns what to set when learning from so many liked and disliked answers, in words."""
    if not liked or not disliked:
        missing = "liked" if not liked else "disliked"
        return f"There is no {missing} answer: KTO needs both kinds."
    said = f"{liked:,} liked and {disliked:,} disliked answers: "
    if disliked <= liked <= BALANCE * disliked:
        said += "they balance with both weights at 1."
    else:
        wanted = disliked / liked
        unwanted = liked / disliked
        said += (
            f"set desirable_weight to {wanted:.2f}–{wanted * BALANCE:.2f}, or undesirable_weight"
            f" to {unwanted / BALANCE:.2f}–{unwanted:.2f}, not both."
        )
    if min(liked, disliked) < FEW_PER_SIDE:
        said += f" Fewer than {FEW_PER_SIDE} of a kind rarely teach anything this way."
    return said


def under(messages: tuple[Message, ...], system: str) -> tuple[Message, ...]:
    """Returns the question under these instructions; as it was asked where there are none."""
    if not system:
        return messages
    spoken = (turn for turn in messages if turn.role != "system")
    return (Message(role="system", content=system), *spoken)


def _turns(messages: Iterable[Message]) -> list[Line]:
    return [{"role": turn.role, "content": turn.content} for turn in messages]


def _said(answer: str) -> list[Line]:
    return [{"role": "assistant", "content": answer}]


def sft(row: Row) -> Line:
    """Returns an answer to learn: OpenAI chat, in which earlier answers are not learnt."""
    asked = _turns(row.messages)
    for turn in asked:
        if turn["role"] == "assistant":
            turn["weight"] = 0  # Nobody approved what was answered before.
    return {"messages": [*asked, *_said(row.better)]}


def dpo(row: Row) -> Line:
    """Returns a pair with an explicit prompt, as trl reads it."""
    return {
        "prompt": _turns(row.messages),
        "chosen": _said(row.better),
        "rejected": _said(row.worse),
    }


def openai_dpo(row: Row) -> Line:
    """Returns a pair as OpenAI reads it."""
    return {
        "input": {"messages": _turns(row.messages), "tools": [], "parallel_tool_calls": True},
        "preferred_output": _said(row.better),
        "non_preferred_output": _said(row.worse),
    }


def kto(row: Row) -> Line:
    """Returns an answer that was wanted or not, as trl reads it."""
    return {
        "prompt": _turns(row.messages),
        "completion": _said(row.better),
        "label": row.liked,
    }
