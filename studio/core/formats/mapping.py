"""Guessing which column is the question and which the answer, by names and by contents."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from studio.core.formats.fields import cell_text
from studio.domain.datasets import ColumnMapping
from studio.domain.errors import InvalidDataset

PROMPT_NAMES = (
    "prompt", "question", "query", "instruction", "user", "utterance", "request", "message",
    "dialogue", "dialog", "conversation", "ticket", "email", "text", "body", "content", "input",
    "source", "sentence", "document", "article", "description", "subject", "title",
)  # fmt: skip
"""Names of questions, most telling first."""
ANSWER_NAMES = (
    "answer", "completion", "response", "output", "reply", "label", "labels", "category", "intent",
    "class", "target", "assistant", "summary", "expected", "queue", "topic", "tag", "sentiment",
)  # fmt: skip
"""Names of answers, most telling first."""
CONTEXT_NAMES = ("context", "passage", "background", "document", "input")
SYSTEM_NAMES = ("system", "system_prompt", "persona")
ID_NAMES = ("id", "uuid", "guid", "index", "idx", "key", "date", "timestamp", "created", "url")

LABEL_LENGTH = 60
"""Characters; longer answers are texts, not labels."""


class Column(NamedTuple):
    """What the sample shows about one column."""

    name: str
    filled: float
    """Share of rows that have something here."""
    distinct: int
    length: float
    """Mean characters."""
    numeric: bool
    n: int

    @property
    def is_label(self) -> bool:
        """Few short values that repeat."""
        return self.length <= LABEL_LENGTH and self.distinct <= max(2, self.n // 5)

    @property
    def is_id(self) -> bool:
        """Called like a key, or a different number in every row."""
        named = bool(set(_words(self.name)) & set(ID_NAMES))
        return (named and not self.is_label) or (self.numeric and self.distinct == self.n > 2)


def guess(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> ColumnMapping | None:
    """Returns a likely mapping, or None when no two columns could be question and answer."""
    seen = [_looked_at(name, rows) for name in columns]
    usable = [column for column in seen if column and column.filled >= 0.5 and not column.is_id]
    answer = _by_name(usable, ANSWER_NAMES) or _by_label(usable)
    prompt = _by_name([c for c in usable if c != answer and not c.numeric], PROMPT_NAMES)
    prompt = prompt or _longest([c for c in usable if c != answer and not c.numeric])
    answer = answer or _longest([c for c in usable if c != prompt])
    if prompt is None or answer is None:
        return None
    rest = [column for column in seen if column and column not in (prompt, answer)]
    context, system = _exactly(rest, CONTEXT_NAMES), _exactly(rest, SYSTEM_NAMES)
    return ColumnMapping(prompt=prompt.name, answer=answer.name, system=system, context=context)


def _looked_at(name: str, rows: Sequence[Mapping[str, Any]]) -> Column | None:
    """None for a column that holds anything but text and numbers."""
    try:
        cells = [cell_text(row, name) for row in rows]
    except InvalidDataset:
        return None
    found = [cell for cell in cells if cell]
    if not found:
        return None
    return Column(
        name=name,
        filled=len(found) / len(cells),
        distinct=len(set(found)),
        length=fmean(len(cell) for cell in found),
        numeric=all(re.fullmatch(r"[-+]?[\d.,]+", cell) for cell in found),
        n=len(found),
    )


def _by_name(columns: Sequence[Column], names: Sequence[str]) -> Column | None:
    """The whole name counts before a word of it: `answer` before `answer_start`."""
    ranked = [
        (rank, -column.length, position, column)
        for position, column in enumerate(columns)
        if (rank := _rank(column.name, names)) is not None
    ]
    return min(ranked)[-1] if ranked else None


def _rank(name: str, names: Sequence[str]) -> int | None:
    words = _words(name)
    if "_".join(words) in names:
        return names.index("_".join(words))
    ranks = [names.index(word) for word in words if word in names]
    return len(names) + min(ranks) if ranks else None


def _by_label(columns: Sequence[Column]) -> Column | None:
    labels = [column for column in columns if column.is_label and column.distinct > 1]
    return max(labels, key=lambda column: column.distinct, default=None)


def _longest(columns: Sequence[Column]) -> Column | None:
    return max(columns, key=lambda column: column.length, default=None)


def _exactly(columns: Sequence[Column], names: Sequence[str]) -> str | None:
    spelled = {"_".join(_words(column.name)): column.name for column in columns}
    return next((spelled[name] for name in names if name in spelled), None)


def _words(name: str) -> list[str]:
    apart = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    return re.findall(r"[^\W_]+", apart.lower())
