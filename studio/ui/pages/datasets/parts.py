"""Pieces that the import and the version page share: splits, balance, refused rows, examples."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from nicegui import ui

from studio.domain.datasets import Balance, Example, RefusedRow, Split
from studio.ui.kit.badge import Badge
from studio.ui.kit.button import Button
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.layout import Row
from studio.ui.kit.stat import Stat
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.datasets.vm import balance_rows, balance_sentence, refused_csv, splits
from studio.ui.pages.words import SPLITS

SHOWN = 200
"""Rows of a plain table; more are for the download."""


def draw_splits(counts: dict[Split, int]) -> None:
    """One figure for each split."""
    for (title, number, portion), split in zip(splits(counts), Split, strict=True):
        Stat(title, figures.count(number), f"{portion} · {SPLITS[split].sentence}")


def draw_balance(balance: Balance) -> None:
    """A sentence on the labels and a table that flags the rare ones."""
    Text(balance_sentence(balance), "muted", marker="balance-sentence")
    rows = balance_rows(balance)
    if not rows:
        return
    DataTable(
        ["Label", "Training", "Validation", "Test", "All", ""],
        [
            [
                str(row["label"]),
                *(figures.count(int(row[key])) for key in ("train", "validation", "test", "total")),
                partial(Badge, "rare", "warning") if row["rare"] else "",
            ]
            for row in rows[:SHOWN]
        ],
        caption="Examples for each label in each split",
        numeric=(1, 2, 3, 4),
        marker="balance-table",
    )
    if len(rows) > SHOWN:
        Text(f"The {SHOWN} most frequent of {len(rows):,} labels.", "small")


def draw_refused(refused: Sequence[RefusedRow], name: str) -> None:
    """Every refused row with line and reason, and all of them as a file."""
    if not refused:
        Text("No row was refused.", "muted")
        return
    with Row(8, spread=True):
        first = f"The first {SHOWN} of " if len(refused) > SHOWN else ""
        Text(f"{first}{figures.many(len(refused), 'row')} that cannot become an example.", "muted")
        Button(
            "Download the list",
            lambda: ui.download.content(refused_csv(refused), f"{name}-left-out.csv", "text/csv"),
            kind="quiet",
            icon="download",
            marker="refused-download",
        )
    DataTable(
        ["Line", "Why", "Begins with"],
        [[figures.count(row.line), row.reason, row.excerpt[:160]] for row in refused[:SHOWN]],
        caption="Refused rows",
        numeric=(0,),
        marker="refused-table",
    )


def draw_examples(examples: Sequence[Example]) -> None:
    """Examples as the model will see them, worse answers only where there are any."""
    pairs = any(example.rejected is not None for example in examples)
    DataTable(
        [
            "Instructions",
            "Asked",
            "Better answer" if pairs else "Answer to learn",
            *(["Worse answer"] if pairs else []),
            "Split",
        ],
        [
            [
                "\n".join(m.content for m in example.prompt if m.role == "system")[:200] or "none",
                asked(example)[:400],
                example.answer[:400],
                *([(example.rejected or "")[:400]] if pairs else []),
                SPLITS[example.split].title,
            ]
            for example in examples
        ],
        caption="Examples as they will be kept",
        marker="examples-table",
    )


def asked(example: Example) -> str:
    """Everything before the answer but the instructions; who spoke is named when several did."""
    turns = [m for m in example.prompt if m.role != "system"]
    if len(turns) == 1:
        return turns[0].content
    return "\n".join(f"{turn.role}: {turn.content}" for turn in turns)
