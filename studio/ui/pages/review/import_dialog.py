"""Import dialog: past feedback from a file; what was kept, known already or refused, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from studio.domain.errors import StudioError
from studio.domain.feedback import Imported
from studio.ui.kit.button import Button
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.dialog import Dialog
from studio.ui.kit.error_panel import ErrorPanel
from studio.ui.kit.file_drop import FileDrop, UploadedFile
from studio.ui.kit.layout import Stack
from studio.ui.kit.long_task import LongTask
from studio.ui.kit.settle import settle
from studio.ui.kit.text import Text

if TYPE_CHECKING:
    from studio.domain.deployments import Deployment
    from studio.services.container import Services

ABOUT = (
    "A CSV or JSONL file with the columns question and answer, and at least one of thumb (up or "
    "down), correction and comment; rater and created_at if they are known. Corrections wait "
    "here for a review like all others. The same file brought in twice counts once."
)
SHOWN = 100
"""Refused rows that are listed."""


class ImportDialog(Dialog):
    """Brings one file in; drawn anew for each."""

    def __init__(
        self, services: Services, deployment: Deployment, brought: Callable[[], Any]
    ) -> None:
        """`brought` is called once a file was brought in."""
        super().__init__(
            f"Past feedback on {deployment.name}", wide=True, marker="feedback-import-dialog"
        )
        self.imports, self.deployment, self.brought = (
            services.feedback_imports,
            deployment,
            brought,
        )
        with self:
            Text(ABOUT)
            FileDrop(
                self.chosen,
                accept=".csv,.tsv,.jsonl,.json,.parquet,.gz",
                hint="CSV, TSV, JSON, JSONL or Parquet",
                marker="feedback-import",
            )
            self.found = Stack(10)
        with self.actions:
            Button("Close", self.close, kind="quiet", marker="feedback-import-close")

    def chosen(self, file: UploadedFile) -> None:
        """Reads a file that has just arrived."""
        self.found.clear()
        with self.found:
            LongTask(
                f"Reading {file.filename}",
                lambda progress, cancelled: self.imports.source(self.deployment.id, file.id),
                on_done=self.show,
                on_error=self.refuse,
                cancellable=False,
                marker="feedback-import-reading",
            )

    def refuse(self, error: StudioError) -> None:
        """Says why nothing of the file was brought in."""
        self.found.clear()
        with self.found:
            ErrorPanel(error, marker="feedback-import-failed")

    async def show(self, found: Imported) -> None:
        """Says what became of every row."""
        self.found.clear()
        with self.found:
            Text(sentence(found), "strong", marker="feedback-import-result")
            if found.refused:
                DataTable(
                    ["Line", "Why it was refused", "What it says"],
                    [[f"{row.line:,}", row.reason, row.excerpt] for row in found.refused[:SHOWN]],
                    caption="Refused rows",
                    numeric=(0,),
                    wordy=(1,),
                    marker="feedback-import-refused",
                )
            if len(found.refused) > SHOWN:
                Text(f"… and {len(found.refused) - SHOWN:,} more.", "small")
        await settle(self.brought())


def sentence(found: Imported) -> str:
    """Returns what became of the rows, in words."""
    return f"{found.kept:,} kept, {found.repeated:,} known already, {len(found.refused):,} refused."
