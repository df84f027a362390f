"""Preference rows: a question with a better and a worse answer, as OpenAI or as trl writes it.

OpenAI: `{"input": {"messages"}, "preferred_output": [answer], "non_preferred_output": [answer]}`.
trl: `{"prompt", "chosen", "rejected"}` as texts or as lists of turns; lists of `chosen` and
`rejected` may repeat the whole conversation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from studio.core.formats.fields import absence, excerpt, kind_of, optional_text, required_text
from studio.core.formats.openai_chat import TOOL_LISTS, conversation
from studio.domain.datasets import Message
from studio.domain.errors import InvalidDataset

OPENAI = ("input", "preferred_output", "non_preferred_output")
TRL = ("prompt", "chosen", "rejected", "system")


class Pair(NamedTuple):
    """What a row says."""

    messages: tuple[Message, ...]
    """The conversation with the better answer at its end."""
    rejected: str
    """The worse answer."""


def messages(values: Mapping[str, Any]) -> tuple[Message, ...]:
    """Returns the conversation with the better answer; raises InvalidDataset with the reason."""
    return pair(values).messages


def rejected(values: Mapping[str, Any]) -> str:
    """Returns the worse answer; raises InvalidDataset with the reason when there is none."""
    return pair(values).rejected


def pair(values: Mapping[str, Any]) -> Pair:
    """Returns both; raises InvalidDataset with the reason when the row is no pair."""
    openai = any(name in values for name in OPENAI)
    better, worse = _openai(values) if openai else _trl(values)
    if better[:-1] != worse[:-1]:
        raise InvalidDataset("The two answers do not answer the same input.")
    if better[-1] == worse[-1]:
        raise InvalidDataset(
            f"The better and the worse answer are the same: {excerpt(better[-1].content)}"
        )
    return Pair(better, worse[-1].content)


Conversations = tuple[tuple[Message, ...], tuple[Message, ...]]
"""With the better answer, with the worse one."""


def _openai(values: Mapping[str, Any]) -> Conversations:
    given = values.get("input")
    if not isinstance(given, Mapping):
        if "input" not in values:
            raise InvalidDataset(absence(values, "input", OPENAI))
        raise InvalidDataset(f"`input` is {kind_of(given)}, not an object with `messages`.")
    for name in TOOL_LISTS:
        if given.get(name):
            raise InvalidDataset(f"`{name}` is given; calling tools cannot be trained yet.")
    asked = given.get("messages")
    if not isinstance(asked, list) or not asked:
        raise InvalidDataset("`input` has no list of `messages`.")
    better, worse = (_one_answer(values, name, OPENAI) for name in OPENAI[1:])
    return conversation([*asked, better], "input"), conversation([*asked, worse], "input")


def _trl(values: Mapping[str, Any]) -> Conversations:
    chosen, refused = values.get("chosen"), values.get("rejected")
    if isinstance(chosen, list) and isinstance(refused, list):
        return _trl_turns(values, chosen, refused)
    if isinstance(chosen, list) or isinstance(refused, list):
        raise InvalidDataset("`chosen` and `rejected` must both be texts or both be lists.")
    better, worse = (required_text(values, name, TRL) for name in ("chosen", "rejected"))
    asked = _asked(values)
    if not asked:
        raise InvalidDataset(absence(values, "prompt", (*TRL, "chosen", "rejected")))
    return conversation([*asked, _said(better)], "prompt"), conversation(
        [*asked, _said(worse)], "prompt"
    )


def _trl_turns(values: Mapping[str, Any], chosen: list[Any], refused: list[Any]) -> Conversations:
    asked = _asked(values)
    if len(chosen) == len(refused) == 1:  # The answers alone, behind a prompt of their own.
        if not asked:
            raise InvalidDataset(absence(values, "prompt", (*TRL, "chosen", "rejected")))
        return conversation([*asked, *chosen], "chosen"), conversation(
            [*asked, *refused], "rejected"
        )
    whole = conversation(chosen, "chosen"), conversation(refused, "rejected")
    if asked and isinstance(values.get("prompt"), list):
        before = conversation([*asked, chosen[-1]], "prompt")
        if before[:-1] != whole[0][:-1]:
            raise InvalidDataset("`prompt` and the turns in `chosen` are not the same input.")
    elif asked and asked[-1]["content"] not in {turn.content for turn in whole[0][:-1]}:
        raise InvalidDataset("`prompt` and the turns in `chosen` are not the same input.")
    return whole


def _asked(values: Mapping[str, Any]) -> list[Any]:
    """The turns of `prompt` as a file spells them; none without one."""
    prompt = values.get("prompt")
    if isinstance(prompt, list):
        return prompt
    text = optional_text(values, "prompt")
    system = optional_text(values, "system")
    before = [{"role": "system", "content": system}] if system and text else []
    return [*before, {"role": "user", "content": text}] if text else []


def _one_answer(values: Mapping[str, Any], name: str, known: tuple[str, ...]) -> Any:
    turns = values.get(name)
    if not turns:
        raise InvalidDataset(absence(values, name, known))
    if not isinstance(turns, list):
        raise InvalidDataset(f"`{name}` is {kind_of(turns)}, not a list with one answer.")
    if len(turns) > 1:
        raise InvalidDataset(f"`{name}` has {len(turns)} turns; only one answer can be compared.")
    if isinstance(turns[0], Mapping) and turns[0].get("role") not in (None, "assistant"):
        raise InvalidDataset(
            f"`{name}` holds a turn of {excerpt(turns[0].get('role'))}, not an answer."
        )
    return turns[0]


def _said(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}
