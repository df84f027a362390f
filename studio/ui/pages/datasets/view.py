"""The list of datasets, with the import; and the page of one version."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from studio.domain.datasets import DatasetVersion, Split
from studio.ui.kit.badge import Badge
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.data_table import Cell, DataTable
from studio.ui.kit.empty_state import EmptyState
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.link import Link
from studio.ui.kit.page_header import PageHeader
from studio.ui.kit.page_scope import PageScope
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.datasets.import_view import ImportView
from studio.ui.pages.datasets.version_view import VersionView
from studio.ui.pages.datasets.vm import DatasetList, DatasetRow, VersionPage
from studio.ui.pages.datasets.wizard_vm import ImportWizard
from studio.ui.pages.loaded import Loaded

if TYPE_CHECKING:
    from studio.services.container import Services
    from studio.ui.shell import Shell


VERSION_COLUMNS = (
    "Version",
    "Examples",
    "Training / validation / test",
    "Left out",
    "File",
    "Imported",
)


async def build(services: Services, shell: Shell) -> None:
    """Draws the list, or the import when the address asks for it."""
    await DatasetsView(services, shell).show()


async def build_version(services: Services, shell: Shell, version_id: str) -> None:
    """Draws one version."""
    page = VersionPage(services=services, version_id=version_id)
    await VersionView(page, shell).show()


class DatasetsView:
    """The list and, in its place, the import."""

    def __init__(self, services: Services, shell: Shell) -> None:
        self.shell, self.services = shell, services
        self.page = DatasetList(services=services, project_id=shell.project_id)
        self.scope = PageScope()
        self.root = Stack(16, grow=True)

    async def show(self) -> None:
        """Draws what the address asks for."""
        if "import" in self.shell.query:
            await self.open_import()
        else:
            await self.open_list()

    def draw(self) -> None:
        """The list; an address that names a dataset leads on to its newest version."""
        wanted = self.shell.query.get("dataset")
        for row in self.page.rows:
            if row.dataset.id == wanted and row.newest is not None:
                self.shell.go(f"/datasets/{row.newest.id}")
                return
        self.draw_list()

    async def open_list(self) -> None:
        """Draws the list of datasets."""
        self.root.clear()
        with self.root:
            with PageHeader("Datasets", "The examples that models learn from and are measured on."):
                Button(
                    "Import a file",
                    self.open_import,
                    kind="primary",
                    icon="upload_file",
                    marker="datasets-import",
                )
            await Loaded(self.page.load, self.draw).show()

    async def open_import(self) -> None:
        """Draws the import in place of the list."""
        self.root.clear()
        wizard = ImportWizard(services=self.services, project_id=self.shell.project_id)
        with self.root:
            await ImportView(wizard, self.shell, self.open_list).show()

    def draw_list(self) -> None:
        """One card for each dataset, or how to begin."""
        if not self.page.rows:
            EmptyState(
                "No datasets yet",
                "A dataset is a file of questions with the answers you want. "
                "CSV, JSON and Parquet will do.",
                ("Import a file", self.open_import),
                icon="dataset",
                marker="datasets-empty",
            )
            return
        for row in self.page.rows:
            self._draw_row(row)

    def _draw_row(self, row: DatasetRow) -> None:
        newest = row.newest
        with Card(row.dataset.name, subtitle=_subtitle(row)) as card:
            DataTable(
                VERSION_COLUMNS,
                [_version_cells(made) for made in row.versions],
                caption=f"Versions of {row.dataset.name}",
                numeric=(1,),
            )
            with card.actions, Row(4):
                if newest is not None:
                    Button(
                        "Fine-tune on this",
                        href=f"/fine-tune/new?dataset_version_id={newest.id}",
                        kind="quiet",
                        marker=f"datasets-tune-{newest.id}",
                    )
            if newest is None:
                Text("This dataset has no version.", "muted")


def _subtitle(row: DatasetRow) -> str:
    newest = row.newest
    if newest is None:
        return ""
    versions = figures.many(len(row.versions), "version")
    return f"{versions}, the newest with {figures.many(newest.n_examples, 'example')}"


def _version_cells(made: DatasetVersion) -> list[Cell]:
    href, marker = f"/datasets/{made.id}", f"datasets-open-{made.id}"
    left_out = partial(Badge, figures.many(made.n_refused, "row"), "warning")
    return [
        partial(Link, f"Version {made.number}", href, marker=marker),
        figures.count(made.n_examples),
        " / ".join(figures.count(made.splits.get(split, 0)) for split in Split),
        left_out if made.n_refused else "none",
        made.source_filename,
        figures.moment(made.created_at),
    ]
