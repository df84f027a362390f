"""Every document of a collection in a table of any length; one can be taken out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from studio.ui.act import act, done
from studio.ui.kit.button import Button
from studio.ui.kit.dialog import Dialog
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.log_view import LogView
from studio.ui.kit.server_grid import Column, ServerGrid
from studio.ui.kit.settle import settle
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.ladder.corpus_vm import CorpusPage

COLUMNS = [
    Column("Document", flex=3),
    Column("Title", flex=3),
    Column("Kind", width=90),
    Column("Words", "number", 100),
]
EXCERPT = 4000
"""Characters of a document shown."""


class DocumentsDialog(Dialog):
    """`DocumentsDialog(page, changed).open()`; rows are fetched as one scrolls."""

    def __init__(self, page: CorpusPage, changed: Callable[[], Any]) -> None:
        name = page.corpus.name if page.corpus is not None else "Documents"
        super().__init__(name, wide=True, marker="documents")
        self.page, self.changed = page, changed
        with self:
            Text("Press a row to read it. Click a column's title to sort.", "small")
            self.grid = ServerGrid(
                page.rows_url,
                COLUMNS,
                label="Documents",
                height="min(46vh,420px)",
                on_row=self.read,
                marker="documents-grid",
            )
            self.reading = Stack(8, marker="document")

    async def read(self, document_id: str) -> None:
        """Shows how a document begins."""
        document = await act(self.page.services.retrieval.document, document_id)
        if document is None:
            return
        self.reading.clear()
        with self.reading:
            with Row(8, spread=True):
                Text(f"{document.title} · {figures.many(document.n_words, 'word')}", "strong")
                Button(
                    "Take it out",
                    lambda: self.take_out(document_id),
                    kind="danger",
                    marker="document-remove",
                )
            LogView(document.text[:EXCERPT], f"Beginning of {document.title}")

    async def take_out(self, document_id: str) -> None:
        """Takes a document out of the collection."""
        if await done(self.page.remove_document, document_id):
            self.reading.clear()
            self.grid.refresh()
            await settle(self.changed())
