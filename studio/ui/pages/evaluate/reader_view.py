"""Answers of two models side by side, one example at a time, with filters and the keyboard."""

from __future__ import annotations

from functools import partial

from studio.domain.evaluation import ExampleResult, SideBySide
from studio.ui.act import done
from studio.ui.kit.badge import Badge, Tone
from studio.ui.kit.bubble import Bubble
from studio.ui.kit.button import Button
from studio.ui.kit.choice import Segments
from studio.ui.kit.expander import Expander
from studio.ui.kit.keys import Keys
from studio.ui.kit.layout import Columns, Row, Stack
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.evaluate.comparison_vm import ComparisonPage, Only, outcome

SPEAKERS = {"user": "Asked", "assistant": "Answered before"}


class ReaderView:
    """`J` and `K` go on and back while the focus is here and nothing is being typed."""

    def __init__(self, page: ComparisonPage) -> None:
        self.page = page
        with Keys({"j": self.next, "k": self.previous}, label="Answers side by side"), Stack(12):
            with Row(12, spread=True):
                Segments(
                    "Show",
                    page.kinds(),
                    value=page.only,
                    on_change=self.read,
                    marker="reader-filter",
                )
                with Row(8):
                    Button("Previous", self.previous, marker="reader-previous", tip="Key K")
                    self.place = Text(page.place, "muted", marker="reader-place")
                    Button("Next", self.next, marker="reader-next", tip="Key J")
            self.body = Stack(12, marker="reader")
        self.draw()

    async def next(self) -> None:
        """Goes on."""
        await self.move(1)

    async def previous(self) -> None:
        """Goes back."""
        await self.move(-1)

    async def move(self, by: int) -> None:
        """Goes to another example, fetching more when needed."""
        if await done(partial(self.page.move, by)):
            self.draw()

    async def read(self, only: Only) -> None:
        """Shows the examples of one kind."""
        if await done(partial(self.page.read, only)):
            self.draw()

    def draw(self) -> None:
        """The example being read."""
        self.place.set_text(self.page.place)
        self.body.clear()
        row = self.page.current
        with self.body:
            if row is None:
                Text("There is no such example.", "muted")
            else:
                self.draw_example(row)

    def draw_example(self, row: SideBySide) -> None:
        """What was asked, what was expected, what both answered."""
        comparison = self.page.comparison
        if comparison is None:
            return
        Badge(outcome(row), _tone(row), marker="reader-outcome")
        instructions = [turn.content for turn in row.prompt if turn.role == "system"]
        for turn in row.prompt:
            if turn.role != "system":
                Bubble(turn.role, SPEAKERS[turn.role], turn.content)
        if instructions:
            with Expander("Instructions"):
                Text("\n".join(instructions), "muted")
        with Columns(260, gap=12):
            Bubble("assistant", "Expected", row.expected, marker="reader-expected")
            self.draw_answer(comparison.baseline.model_name, row.baseline, "reader-baseline")
            self.draw_answer(comparison.candidate.model_name, row.candidate, "reader-candidate")

    def draw_answer(self, name: str, result: ExampleResult, marker: str) -> None:
        """One answer with its marks."""
        bubble = Bubble("assistant", name, result.output or "(empty)", marker=marker)
        with bubble.footer:
            Badge("right" if result.correct else "wrong", "good" if result.correct else "bad")
            label = f"label {result.predicted_label} · " if result.predicted_label else ""
            Text(
                f"{label}shared words {figures.share(result.token_f1, 0)} · "
                f"same order {figures.share(result.rouge_l, 0)}",
                "small",
            )


def _tone(row: SideBySide) -> Tone:
    if row.candidate.correct == row.baseline.correct:
        return "good" if row.candidate.correct else "plain"
    return "info" if row.candidate.correct else "warning"
