"""What was found in a file: counts, splits, the first rows, the first examples, refused rows."""

from __future__ import annotations

from studio.domain.datasets import Preview
from studio.ui.kit.card import Card
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.layout import Columns, Stack
from studio.ui.kit.stat import Stat
from studio.ui.kit.tabs import Tabs
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.datasets.parts import (
    draw_balance,
    draw_examples,
    draw_refused,
    draw_splits,
)


def draw_found(preview: Preview, name: str) -> None:
    """Draws the whole picture of a file as it would be imported."""
    with Columns(150, gap=8):
        Stat("Rows", figures.count(preview.n_rows), marker="import-n-rows")
        Stat("Usable", figures.count(preview.n_examples), marker="import-n-usable")
        Stat(
            "Refused",
            figures.count(len(preview.refused)),
            f"{figures.many(preview.n_duplicates, 'repeat')} among them"
            if preview.n_duplicates
            else "",
            marker="import-n-refused",
        )
        draw_splits(preview.splits)

    def rows() -> None:
        Text("The file as it is.", "muted")
        DataTable(
            list(preview.columns),
            [[row.get(column, "")[:200] for column in preview.columns] for row in preview.rows[:8]],
            caption="First rows of the file",
            marker="import-rows",
        )

    def examples() -> None:
        Text("What a model will be asked and what it should answer.", "muted")
        draw_examples(preview.examples[:8])

    with Card(), Stack(8):
        Tabs(
            {
                "Examples": examples,
                "Rows in the file": rows,
                f"Refused ({len(preview.refused):,})": lambda: draw_refused(preview.refused, name),
                "Labels": lambda: draw_balance(preview.balance),
            },
            label="What was found",
            marker="import-found",
        )
