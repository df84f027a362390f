"""The page of one dataset version: figures, all its examples, labels, what was left out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nicegui import ui

from studio.ui.kit.button import Button
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.facts import Facts
from studio.ui.kit.heading import Heading
from studio.ui.kit.layout import Columns
from studio.ui.kit.link import Link
from studio.ui.kit.page_header import PageHeader
from studio.ui.kit.server_grid import Column, ServerGrid
from studio.ui.kit.stat import Stat
from studio.ui.kit.tabs import Tabs
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.datasets.parts import draw_balance, draw_refused, draw_splits
from studio.ui.pages.datasets.vm import VersionPage
from studio.ui.pages.loaded import Loaded

if TYPE_CHECKING:
    from studio.ui.shell import Shell

COLUMNS = [
    Column("Line", "number", 90),
    Column("Split", width=120),
    Column("Asked", "long", flex=3),
    Column("Answer", "long", flex=2),
]


class VersionView:
    """Draws a version."""

    def __init__(self, page: VersionPage, shell: Shell) -> None:
        self.page, self.shell = page, shell

    async def show(self) -> None:
        """Reads the version, then draws it."""
        await Loaded(self.page.load, self.draw, gap=16).show()

    def draw(self) -> None:
        """The whole page."""
        page, version = self.page, self.page.version
        if version is None:
            return
        self.shell.title(page.title)
        with PageHeader(
            page.title,
            f"{figures.many(version.n_examples, 'example')} from {version.source_filename}. "
            "A version never changes.",
            back=("Datasets", "/datasets"),
        ):
            Button(
                "Export JSONL",
                # Not a link: the pages' own navigation would follow it.
                lambda: ui.download.from_url(f"/ui-data/datasets/{version.id}/export.jsonl"),
                icon="download",
                marker="version-export",
            )
            Button(
                "Fine-tune on this",
                href=f"/fine-tune/new?dataset_version_id={version.id}",
                kind="primary",
                icon="model_training",
                marker="version-tune",
            )
        with Columns(150, gap=8):
            Stat("Examples", figures.count(version.n_examples))
            draw_splits(version.splits)
            Stat("Left out", figures.count(version.n_refused), "listed under “Left out”")
        Tabs(
            {
                "Examples": self.draw_examples,
                "Labels": lambda: draw_balance(page.balance),
                f"Left out ({version.n_refused:,})": lambda: draw_refused(
                    page.refused, page.export_name.removesuffix(".jsonl")
                ),
                "About": self.draw_about,
            },
            label="About this version",
            marker="version-tabs",
        )

    def draw_examples(self) -> None:
        """Every example; rows are fetched as one scrolls."""
        Text("Click a column's menu to filter, its title to sort.", "small")
        ServerGrid(
            f"/ui-data/datasets/{self.page.version_id}/rows",
            COLUMNS,
            label="Examples",
            height="calc(100vh - 380px)",
            marker="version-grid",
        )

    def draw_about(self) -> None:
        """Where it comes from, and its siblings."""
        page = self.page
        Facts(page.facts(), marker="version-facts")
        if page.version is not None and page.version.system_prompt:
            Heading("Instructions put before examples that have none", level=3)
            Text(page.version.system_prompt)
        Heading("All versions", level=3)
        DataTable(
            ["Version", "Examples", "Imported", "File"],
            [
                [
                    partial(Link, f"Version {made.number}", f"/datasets/{made.id}"),
                    figures.count(made.n_examples),
                    figures.moment(made.created_at),
                    made.source_filename,
                ]
                for made in page.siblings
            ],
            caption="All versions of this dataset",
            numeric=(1,),
        )
