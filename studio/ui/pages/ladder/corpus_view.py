"""Documents on the screen: dropped in, listed, indexed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from studio.ui.act import done
from studio.ui.kit.badge import Badge
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.expander import Expander
from studio.ui.kit.fields import select_field
from studio.ui.kit.files_drop import FilesDrop
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.notices import Callout, notice
from studio.ui.kit.progress_row import ProgressRow
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.ladder.corpus_vm import ACCEPT, CorpusPage
from studio.ui.pages.ladder.documents_view import DocumentsDialog
from studio.ui.pages.ladder.trial_view import TrialView
from studio.ui.pages.ladder.words import CORPUS_STATES

if TYPE_CHECKING:
    from studio.ui.pages.ladder.frame import Frame

SHOWN = 100
"""Refused files in a plain table."""


class CorpusView:
    """Draws the documents; `changed` is called when a rung may now be measured."""

    def __init__(self, page: CorpusPage, frame: Frame) -> None:
        self.page, self.frame = page, frame
        with Card(
            "Documents",
            subtitle="Text files, Markdown, HTML, PDF, Word, or JSONL with a text in every row.",
            marker="corpus",
        ) as card:
            if len(page.corpora) > 1:
                select_field(
                    "Collection",
                    options={one.id: one.name for one in page.corpora},
                    value=page.corpus_id,
                    marker="corpus-choice",
                    on_change=self.choose,
                )
            self.drop = Stack(0)
            self.state = Stack(8)
            self.refused = Stack(8)
        with card.actions:
            self.list_button = Button(
                "List them", self.list_documents, kind="quiet", marker="corpus-list"
            )
        self.trial, self.dialogs = Stack(16), Stack(0)
        self.draw_drop()
        self.show()
        self.draw_trial()

    def draw_drop(self) -> None:
        """Where files are dropped."""
        self.drop.clear()
        with self.drop:
            FilesDrop(
                self.page.upload_url,
                self.took,
                accept=ACCEPT,
                hint="Several at once. They stay on this machine.",
                marker="corpus-drop",
            )

    async def choose(self, corpus_id: str) -> None:
        """Takes another collection."""
        self.page.corpus_id = corpus_id
        await self.reload()
        self.draw_drop()
        self.draw_trial()

    async def took(self, answer: dict[str, Any]) -> None:
        """Shows what came of a file."""
        said = self.page.took(answer)
        self.frame.shell.saved()
        await self.reload()
        if not said:
            return
        notice(said, "warning" if "refused" in said else "good")
        self.draw_drop()  # the first file may have made the collection
        await self.frame.refresh()

    async def reload(self) -> None:
        """Reads the documents again and shows how they are."""
        if await done(self.page.load) and not self.state.is_deleted:
            self.show()

    def show(self) -> None:
        """How much there is and whether it can be searched."""
        page, corpus = self.page, self.page.corpus
        self.list_button.set_visibility(corpus is not None and bool(corpus.n_documents))
        self.state.clear()
        with self.state:
            if corpus is not None:
                words, tone = CORPUS_STATES[corpus.status]
                with Row(10):
                    Badge(words, tone, marker="corpus-state")
                    Text(page.size, "muted", inline=True, marker="corpus-size")
                self.draw_index()
                if page.long_context:
                    Text(page.long_context, "small", marker="corpus-long-context")
        self.refused.clear()
        with self.refused:
            self.draw_refused()

    def draw_index(self) -> None:
        """The index: to be made, under way, or why it failed."""
        page, corpus = self.page, self.page.corpus
        if corpus is None:
            return
        if page.indexing:
            share = corpus.progress
            ProgressRow(
                corpus.message or "Indexing",
                percent=None if share is None else 100 * share,
                on_cancel=self.cancel_index,
                marker="corpus-progress",
            )
            return
        if corpus.message:
            Callout(corpus.message, "warning", marker="corpus-message")
        if page.can_index:
            with Row(10):
                Button(
                    "Index the documents",
                    self.start_index,
                    kind="primary",
                    marker="corpus-index",
                )
                Text("Cuts them into passages and makes them searchable.", "small", inline=True)

    def draw_refused(self) -> None:
        """Files that did not become documents, with the reason."""
        refused = self.page.refused
        if not refused:
            return
        with Expander(
            f"{figures.many(len(refused), 'file or row', 'files or rows')} refused",
            open=True,
            marker="corpus-refused",
        ):
            DataTable(
                ["File", "Why"],
                [[one.name, one.reason] for one in refused[:SHOWN]],
                caption="Refused files",
            )

    async def start_index(self) -> None:
        """Begins to index."""
        if await done(self.page.start_index):
            await self.reload()

    async def cancel_index(self) -> None:
        """Stops it; what is done is kept."""
        if await done(self.page.cancel_index):
            await self.reload()

    def list_documents(self) -> None:
        """Opens the list of every document."""
        self.dialogs.clear()
        with self.dialogs:  # not where the state is drawn anew: the dialog would go with it
            DocumentsDialog(self.page, self.reload).open()

    def draw_trial(self) -> None:
        """A search box, and how well searching finds what is known."""
        self.trial.clear()
        self.drawn_for = (self.page.corpus_id, self.page.searchable)
        if self.page.searchable:
            with self.trial:
                TrialView(self.page, self.frame.shell)

    async def news(self) -> None:
        """Shows how far the index is."""
        await self.reload()
        if self.drawn_for != (self.page.corpus_id, self.page.searchable):
            self.draw_trial()
