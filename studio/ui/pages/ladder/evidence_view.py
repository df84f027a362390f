"""The evidence's step: which examples, how many, and how small a difference they can show."""

from __future__ import annotations

from functools import partial
from typing import Any

from studio.domain.datasets import Split
from studio.domain.ladder import MIN_EXAMPLES
from studio.ui.act import done
from studio.ui.kit.badge import Badge
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.choice import Segments
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.debounce import Debounce
from studio.ui.kit.empty_state import EmptyState
from studio.ui.kit.fields import number_field, select_field
from studio.ui.kit.layout import Columns, Row, Stack
from studio.ui.kit.notices import Callout
from studio.ui.kit.spread_bar import SpreadBar
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.ladder.evidence_vm import EvidencePage, ScaleRow
from studio.ui.pages.ladder.frame import Frame
from studio.ui.pages.ladder.sample_view import SampleLoader
from studio.ui.pages.words import SPLITS

BEST_FIRST = (Split.TEST, Split.VALIDATION, Split.TRAIN)
"""The split to be trusted most comes first."""


class EvidenceView:
    """Draws the step; every decision is the view model's."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.page = EvidencePage(services=frame.services, project_id=frame.project_id)

    def load(self) -> None:
        """Reads data and suite."""
        self.page.load()

    async def news(self) -> None:
        """Nothing here changes by itself."""

    def draw(self) -> None:
        """The choice and its scale, or how to bring examples in."""
        page = self.page
        if not page.versions:
            loader = SampleLoader(self.frame)
            EmptyState(
                "No examples yet",
                "Evidence is a file of questions with the answers that would be right. Fifty real "
                "ones say more than a thousand invented ones.",
                ("Load the sample project", loader.load),
                ("Import your own data", "/datasets?import=1"),
                icon="fact_check",
                marker="evidence-empty",
            )
            loader.draw()
            return
        self.limit_later = Debounce(0.5, self.keep_limit)
        self.limit: int = (page.suite.limit or 0) if page.suite else 0
        with Card(
            "Examples to measure on",
            subtitle="Why we ask: every rung answers the same ones, so that scores compare.",
        ):
            with Columns(260, gap=16):
                self.version = select_field(
                    "Examples",
                    options=page.versions,
                    value=page.suite.version_id if page.suite else None,
                    hint="A version never changes, so a score stays true.",
                    marker="evidence-version",
                    on_change=self.version_chosen,
                    searchable=len(page.versions) > 12,
                )
                number_field(
                    "Take only so many",
                    value=page.suite.limit if page.suite else None,
                    min=1,
                    step=1,
                    hint="Empty: all. Fewer are quicker; the same ones are taken each time.",
                    marker="evidence-limit",
                    on_change=self.limited,
                )
            with Stack(4):
                Text("Split", "strong")
                Segments(
                    "Split",
                    {split: SPLITS[split].title for split in BEST_FIRST},
                    value=page.suite.split if page.suite else Split.TEST,
                    on_change=lambda value: self.choose(split=value),
                    marker="evidence-split",
                )
                Text("Default: test, which no model trains on.", "small")
            self.below = Stack(10)
        with Card(
            "What this many examples can show",
            subtitle="A score is an estimate. The bar is the room it may move in by luck alone.",
            marker="evidence-scale",
        ) as self.scale:
            pass
        self.show()

    def show(self) -> None:
        """Shows what the choice leads to."""
        page = self.page
        self.below.clear()
        with self.below:
            if page.suite is not None:
                self.draw_choice()
            elif page.proposal:
                Button(
                    page.proposal,
                    partial(self.choose, version_id=page.proposed),
                    kind="primary",
                    marker="evidence-use",
                )
        self.scale.empty()
        with self.scale:
            Text(page.summary, marker="evidence-summary")
            widest = max((row.half_width for row in page.rows), default=0.0)
            DataTable(
                ["Examples", "A score is known to", ""],
                [
                    [
                        figures.count(row.n),
                        row.words,
                        partial(self.draw_row, row, widest),
                    ]
                    for row in page.rows
                ],
                caption="Interval by number of examples",
                numeric=(0,),
            )

    def draw_row(self, row: ScaleRow, widest: float) -> None:
        """How wide the interval is, where one stands, and where the advanced rungs begin."""
        with Stack(3):
            SpreadBar(row.half_width, widest=widest, strong=row.here)
            if row.here:
                Badge("you are here", "info", marker="evidence-here")
            elif row.n == MIN_EXAMPLES:
                Text("advanced rungs open from here", "small")

    def draw_choice(self) -> None:
        """Size, warnings, and what to do about too few."""
        page = self.page
        if page.warning:
            Callout(page.warning, "warning", marker="evidence-warning")
        if not page.enough:
            Callout(
                f"{figures.many(page.size, 'example')} are too few: retrieval and fine-tuning "
                f"stay blocked below {MIN_EXAMPLES}. Import more rows, choose a larger split, or "
                "mark a whole file “For testing only” when importing it.",
                "warning",
                title=f"{MIN_EXAMPLES - page.size} more needed",
                marker="evidence-few",
            )
        with Row(8):
            if not page.enough:
                Button(
                    "Import more examples",
                    href="/datasets?import=1",
                    kind="primary",
                    marker="evidence-more",
                )
            if page.suite is not None:
                Button(
                    "Read the examples",
                    href=f"/datasets/{page.suite.version_id}",
                    kind="quiet",
                    marker="evidence-read",
                )

    async def version_chosen(self, version_id: str | None) -> None:
        """Takes another version; one that was set from here changes nothing."""
        now = self.page.suite.version_id if self.page.suite else None
        if version_id and version_id != now:
            await self.choose(version_id=version_id)

    def limited(self, value: float | None) -> None:
        """Takes another number once typing is over; empty takes all."""
        self.limit = 0 if value is None else max(1, int(value))
        self.limit_later.poke()

    async def keep_limit(self) -> None:
        """Keeps the number."""
        await self.choose(limit=self.limit)

    async def choose(self, **choice: Any) -> None:
        """Keeps a choice and shows what it leads to."""
        if await done(partial(self.page.choose, **choice)):
            self.frame.shell.saved()
            if self.page.suite is not None:
                self.version.value = self.page.suite.version_id
            self.show()
            await self.frame.refresh()
