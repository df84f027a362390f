"""Rules: what the wire demands of training examples, each with the rows that break it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from studio.domain.datasets import Example
from studio.domain.endpoints import Dialect
from studio.domain.training import Blocker, Objective, TrainingSpec

FEWEST = 10
LARGEST = 8_000_000_000
"""Bytes of a file that is sent in parts."""
SHOWN = 100
"""Rows a blocker names at most."""
STRICT = (Dialect.OPENAI, Dialect.AZURE, Dialect.LADDER)
"""Servers known to demand ten examples; of others it is only likely."""
LINES_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class RowRule:
    """One thing that a row must not be."""

    breaks: Callable[[Example, TrainingSpec], bool]
    one: str
    """What is said of one row."""
    many: str
    """What is said of several, their number in place of `{}`."""
    remedy: str


ROW_RULES = (
    RowRule(
        breaks=lambda row, spec: not row.answer.strip(),
        one="1 row has an empty answer.",
        many="{} have an empty answer.",
        remedy="Fill the answers in, or leave these rows out.",
    ),
    RowRule(
        breaks=lambda row, spec: row.messages[-1].role != "assistant",
        one="1 row does not end with an answer.",
        many="{} do not end with an answer.",
        remedy="Leave these rows out.",
    ),
    RowRule(
        breaks=lambda row, spec: len(row.messages) < 2,
        one="1 row has an answer but no question.",
        many="{} have an answer but no question.",
        remedy="Leave these rows out.",
    ),
    RowRule(
        breaks=lambda row, spec: spec.objective is Objective.DPO and not row.rejected,
        one="1 row has no worse answer to compare with.",
        many="{} have no worse answer to compare with.",
        remedy="Learn the answers themselves instead, or leave these rows out.",
    ),
    RowRule(
        breaks=lambda row, spec: (
            spec.objective is Objective.DPO and any(turn.role == "assistant" for turn in row.prompt)
        ),
        one="1 row has more than one answer; preferences are learnt from single turns only.",
        many="{} have more than one answer; preferences are learnt from single turns only.",
        remedy="Leave these rows out.",
    ),
)


def blockers(
    spec: TrainingSpec, train: Sequence[Example], validation: Sequence[Example], dialect: Dialect
) -> list[Blocker]:
    """Returns what the server would refuse the examples for."""
    found = []
    if len(train) < FEWEST and dialect in STRICT:
        found.append(Blocker(what=_few(train), remedy="Add examples, or choose This machine."))
    rows = [*train, *validation]
    for rule in ROW_RULES:
        ids = [row.id for row in rows if rule.breaks(row, spec)]
        if ids:
            found.append(
                Blocker(
                    what=rule.one if len(ids) == 1 else rule.many.format(f"{len(ids):,} rows"),
                    remedy=rule.remedy,
                    example_ids=tuple(ids[:SHOWN]),
                )
            )
    return found


def warnings(train: Sequence[Example], dialect: Dialect) -> list[str]:
    """Returns what the server may refuse the examples for."""
    return [_few(train)] if len(train) < FEWEST and dialect not in STRICT else []


def too_large(contents: dict[str, bytes]) -> list[Blocker]:
    """Returns the files that no server takes."""
    return [
        Blocker(
            what=f"{name} has {len(content) / 1e9:.1f} GB; at most {LARGEST / 1e9:.0f} GB go.",
            remedy="Use fewer examples, or choose This machine.",
        )
        for name, content in contents.items()
        if len(content) > LARGEST
    ]


def cut(rows: Sequence[Example], tokens: Sequence[int], most: int | None) -> list[str]:
    """Returns a warning that names the lines whose end the server will not learn."""
    if most is None:
        return []
    lines = [row.line for row, n in zip(rows, tokens, strict=True) if n > most]
    if not lines:
        return []
    named = ", ".join(str(line) for line in lines[:LINES_SHOWN])
    further = f" and {len(lines) - LINES_SHOWN} more" if len(lines) > LINES_SHOWN else ""
    said = "1 row is" if len(lines) == 1 else f"{len(lines):,} rows are"
    return [
        f"{said} longer than {most:,} tokens and will be cut at the end, where the answer is:"
        f" line {named}{further}."
    ]


def _few(train: Sequence[Example]) -> str:
    return f"There are {len(train)} training examples; hosted training wants {FEWEST} at least."
