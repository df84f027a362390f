"""Intake: raw rows → examples with their split, and every refused row with its reason."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from studio.core.formats.convert import conversation_of, conversations_of, rejected_of
from studio.core.formats.fields import excerpt
from studio.core.quality.duplicates import Repeats
from studio.core.splits import prompt_hash, split_of
from studio.domain.datasets import (
    ColumnMapping,
    DataFormat,
    Example,
    Message,
    RawRow,
    RefusedRow,
    Split,
)
from studio.domain.errors import InvalidDataset
from studio.domain.values import new_id

EXCERPT = 160


class Intake(NamedTuple):
    """What a file gave."""

    examples: tuple[Example, ...]
    refused: tuple[RefusedRow, ...]
    """By line."""
    n_rows: int
    n_duplicates: int


def take_in(
    rows: Iterable[RawRow],
    *,
    format: DataFormat,
    mapping: ColumnMapping | None = None,
    system_prompt: str = "",
    as_given: Split | None = None,
) -> Intake:
    """Sorts every row into examples or refused rows; none is left out of both.

    Args:
        rows: as they were read.
        format: how to understand them.
        mapping: for tables, which column plays which part.
        system_prompt: instructions for rows without their own.
        as_given: puts every row that can be read into this split, repeats and contradictions
            included, and each answer of a conversation as an example of its own: for rows that
            somebody chose and divided already, as OpenAI reads them.
    """
    repeats = Repeats()
    examples: list[Example] = []
    refused: list[RefusedRow] = []
    n_rows = n_duplicates = 0
    for row in rows:
        n_rows += 1
        try:
            if as_given:
                examples += _as_given(row, format, mapping, as_given)
                continue
            messages = _messages(row, format, mapping, system_prompt)
            rejected = rejected_of(row.values or {}, format)
        except InvalidDataset as error:
            refused.append(_refused(row.line, error.message, _shown(row)))
        else:
            hashed = prompt_hash(messages[:-1])
            earlier = repeats.same_as(row.line, messages, hashed, rejected)
            if earlier is None:
                split = split_of(hashed)
                examples.append(_example(row.line, messages, hashed, split, rejected))
            else:
                n_duplicates += 1
                reason = f"Same as line {earlier}."
                refused.append(_refused(row.line, reason, _exchange(messages)))
    kept, contradicting = _apart(examples, repeats.contradictions())
    refused = sorted([*refused, *contradicting], key=lambda row: row.line)
    return Intake(tuple(kept), tuple(refused), n_rows, n_duplicates)


def content_hash(examples: Iterable[Example]) -> str:
    """Returns SHA-256 over the turns and splits in order; ids and lines do not enter."""
    found = hashlib.sha256()
    for example in examples:
        turns = [[turn.role, turn.content] for turn in example.messages]
        if example.rejected is not None:
            turns.append(["rejected", example.rejected])
        found.update(json.dumps([example.split.value, turns], ensure_ascii=False).encode() + b"\n")
    return found.hexdigest()


def _as_given(
    row: RawRow, format: DataFormat, mapping: ColumnMapping | None, split: Split
) -> list[Example]:
    if row.values is None:
        raise InvalidDataset(row.error or "The row cannot be read.")
    rejected = rejected_of(row.values, format)
    return [
        _example(row.line, messages, prompt_hash(messages[:-1]), split, rejected)
        for messages in conversations_of(row.values, format, mapping)
    ]


def _messages(
    row: RawRow, format: DataFormat, mapping: ColumnMapping | None, system_prompt: str
) -> tuple[Message, ...]:
    if row.values is None:
        raise InvalidDataset(row.error or "The row cannot be read.")
    return conversation_of(row.values, format, mapping, system_prompt)


def _example(
    line: int,
    messages: Sequence[Message],
    hashed: str,
    split: Split,
    rejected: str | None,
) -> Example:
    return Example(
        id=new_id("ex"),
        line=line,
        messages=tuple(messages),
        prompt_hash=hashed,
        split=split,
        rejected=rejected,
    )


def _apart(
    examples: Iterable[Example], contradictions: dict[int, str]
) -> tuple[list[Example], list[RefusedRow]]:
    """Neither of two contradicting rows can be trusted, so both are set aside."""
    kept: list[Example] = []
    refused: list[RefusedRow] = []
    for example in examples:
        reason = contradictions.get(example.line)
        if reason is None:
            kept.append(example)
        else:
            refused.append(_refused(example.line, reason, _exchange(example.messages)))
    return kept, refused


def _refused(line: int, reason: str, shown: str) -> RefusedRow:
    return RefusedRow(line=line, reason=reason, excerpt=excerpt(shown, EXCERPT))


def _exchange(messages: Sequence[Message]) -> str:
    return f"{messages[-2].content} → {messages[-1].content}"


def _shown(row: RawRow) -> str:
    return row.excerpt or excerpt(row.values or {}, EXCERPT)
