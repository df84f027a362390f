"""The search tried out: passages for a question, those that hold its answer noted, and measured."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from studio.domain.retrieval import Passage, RetrievalMode
from studio.ui.act import act, done
from studio.ui.kit.badge import Badge
from studio.ui.kit.bubble import Bubble
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.choice import Segments
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.fields import text_field
from studio.ui.kit.keys import Keys
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.long_task import LongTask
from studio.ui.kit.notices import notice
from studio.ui.kit.text import Text
from studio.ui.kit.undo import undo_notice
from studio.ui.pages import figures
from studio.ui.pages.ladder.corpus_vm import CorpusPage, found
from studio.ui.pages.ladder.words import MODES

if TYPE_CHECKING:
    from studio.ui.shell import Shell

NUMBERS = tuple("123456789")


class TrialView:
    """`1` to `9` note a passage and `N` asks the next question while the focus is in the card."""

    def __init__(self, page: CorpusPage, shell: Shell) -> None:
        self.page, self.shell = page, shell
        self.mode = RetrievalMode.HYBRID
        keys: dict[str, Callable[[], Any]] = {
            number: partial(self.press, int(number)) for number in NUMBERS
        }
        with (
            Card(
                "Try the search",
                subtitle="What would the model be given? Ask what a user would ask, and note the "
                "passages that hold the answer: then the search can be measured.",
                marker="corpus-trial",
            ),
            Keys({**keys, "n": self.ask_next}, label="Search and its passages") as self.keys,
            Stack(12),
        ):
            self.question = text_field(
                "Question",
                marker="corpus-question",
                on_enter=self.search,
                placeholder="For example: how long can goods be returned?",
            )
            with Row(12):
                Segments(
                    "How passages are found",
                    {mode: words.title for mode, words in MODES.items()},
                    value=self.mode,
                    on_change=self.choose_mode,
                    marker="corpus-mode",
                )
                Button("Search", self.search, icon="search", marker="corpus-search")
                Button(
                    "Next question of the evidence",
                    self.ask_next,
                    kind="quiet",
                    tip="Key N",
                    marker="corpus-next-question",
                )
            self.hits = Stack(10, marker="corpus-hits")
            self.known = Stack(8)
            self.draw_measure()

    def choose_mode(self, mode: RetrievalMode) -> None:
        """Takes another way to search."""
        self.mode = mode

    async def search(self) -> None:
        """Finds passages."""
        if await done(self.page.search, self.question.value or "", self.mode):
            self.draw_hits()

    async def ask_next(self) -> None:
        """Searches with the next question of the evidence that no passage is known for."""
        question = await act(self.page.next_question)
        if question is None or self.hits.is_deleted:
            return
        if not question:
            notice("Every question of the evidence has its passage, or none is chosen yet.")
            return
        self.question.value = question
        await self.search()
        self.keys.take_focus()

    def draw_hits(self) -> None:
        """The passages that were found."""
        if self.hits.is_deleted:
            return
        self.hits.clear()
        with self.hits:
            if not self.page.passages:
                Text("No passage was found.", "muted")
            for passage in self.page.passages or []:
                self.draw_passage(passage)

    def draw_passage(self, passage: Passage) -> None:
        """One passage with its mark."""
        heading = f" · {passage.chunk.heading}" if passage.chunk.heading else ""
        bubble = Bubble("system", f"{passage.rank} · {passage.title}{heading}", passage.chunk.text)
        holds = self.page.holds(passage)
        with bubble.footer:
            Text(found(passage), "small", inline=True)
            if not holds and self.page.known(passage):
                Badge("holds the answer, says your file", "good")
                return
            mark = Button(
                "Holds the answer",
                partial(self.note, passage, not holds),
                kind="primary" if holds else "plain",
                icon="check" if holds else None,
                tip=f"Key {passage.rank}",
                marker=f"corpus-gold-{passage.rank}",
            )
            mark.props["aria-pressed"] = "true" if holds else "false"
            mark.props["aria-keyshortcuts"] = str(passage.rank)

    async def press(self, rank: int) -> None:
        """Notes the passage of that place, or takes it back."""
        for passage in self.page.passages or []:
            if passage.rank == rank and (self.page.holds(passage) or not self.page.known(passage)):
                await self.note(passage, not self.page.holds(passage))

    async def note(self, passage: Passage, holds: bool) -> None:
        """Notes a passage as holding the answer, or not, and offers to undo it."""
        question = self.page.question
        if not await self._noted(passage, question, holds):
            return
        what = "holds the answer" if holds else "is no longer noted"
        undo_notice(
            f"Passage {passage.rank} {what}.", partial(self._noted, passage, question, not holds)
        )

    async def _noted(self, passage: Passage, question: str, holds: bool) -> bool:
        if not await done(self.page.note, passage, question, holds) or self.hits.is_deleted:
            return False
        self.shell.saved()
        self.draw_hits()
        self.draw_measure()
        # The pressed button was drawn anew; the keys go on working where they are.
        self.keys.take_focus()
        return True

    # --- how well it finds ----------------------------------------------------------------------

    def draw_measure(self) -> None:
        """How often the right passage is among those found, where it is known."""
        self.known.clear()
        with self.known:
            if not self.page.n_gold:
                Text(
                    "How often the right passage is found can be measured once it is known where "
                    "answers stand: note passages above, or import rows with document_id and "
                    "answer_start.",
                    "small",
                    marker="corpus-no-gold",
                )
                return
            self.scores = Stack(8, marker="corpus-scores")
            with self.scores:
                places = figures.many(self.page.n_gold, "known place")
                Button(f"Measure the search on {places}", self.measure, marker="corpus-measure")

    def measure(self) -> None:
        """Measures every way to search."""
        self.scores.clear()
        with self.scores:
            LongTask(
                "Searching for every question",
                lambda progress, cancelled: self.page.measure(progress),
                on_done=lambda _: self.draw_scores(),
                cancellable=False,
                marker="corpus-measuring",
            )

    def draw_scores(self) -> None:
        """One row for each way to search."""
        with self.scores:
            DataTable(
                ["Found by", "Hit@1", "Hit@5", "Hit@10", "MRR", "nDCG@10", "Questions"],
                [
                    [
                        MODES[one.mode].title,
                        *(
                            figures.share(share)
                            for share in (one.hit_at_1, one.hit_at_5, one.hit_at_10)
                        ),
                        f"{one.mrr:.3f}",
                        f"{one.ndcg_at_10:.3f}",
                        figures.count(one.n),
                    ]
                    for one in self.page.scores
                ],
                caption="Share of questions whose right passage is among those found",
                show_caption=True,
                numeric=(1, 2, 3, 4, 5, 6),
                marker="corpus-score-table",
            )
