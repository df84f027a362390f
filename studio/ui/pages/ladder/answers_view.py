"""Answers of a run one at a time: question, expected, given, passages; another run beside them."""

from __future__ import annotations

from collections.abc import Sequence

from studio.domain.ladder import RungResult, RungRun
from studio.ui.act import act, done
from studio.ui.kit.badge import Badge
from studio.ui.kit.bubble import Bubble
from studio.ui.kit.button import Button
from studio.ui.kit.choice import Segments
from studio.ui.kit.expander import Expander
from studio.ui.kit.fields import select_field
from studio.ui.kit.keys import Keys
from studio.ui.kit.layout import Columns, Row, Stack
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.ladder.results_vm import AnswerReader, Only, label
from studio.ui.pages.loaded import Loaded

NOBODY = ""


class AnswersView:
    """`J` and `K` go on and back while the focus is here and nothing is being typed."""

    def __init__(self, reader: AnswerReader, others: Sequence[RungRun]) -> None:
        self.reader = reader
        self.others = {run.id: run for run in others if run.suite == reader.run.suite}

    async def show(self) -> None:
        """Reads the answers, then draws."""
        await Loaded(self.reader.load, self.draw).show()

    async def draw(self) -> None:
        """Filter, way on and back, and the answer being read."""
        with Keys({"j": self.next, "k": self.previous}, label="Answers"), Stack(12):
            with Row(12, spread=True):
                Segments(
                    "Show",
                    self.reader.kinds(),
                    value=self.reader.only,
                    on_change=self.choose,
                    marker="answers-filter",
                )
                with Row(8):
                    Button("Previous", self.previous, marker="answers-previous", tip="Key K")
                    self.place = Text("", "muted", marker="answers-place")
                    Button("Next", self.next, marker="answers-next", tip="Key J")
            if self.others:
                select_field(
                    "Beside them",
                    options={
                        NOBODY: "Nobody else",
                        **{run.id: label(run) for run in self.others.values()},
                    },
                    value=NOBODY,
                    marker="answers-beside",
                    on_change=self.beside,
                )
            self.body = Stack(12, marker="answers")
        await self.redraw()

    async def next(self) -> None:
        """Goes on."""
        self.reader.move(1)
        await self.redraw()

    async def previous(self) -> None:
        """Goes back."""
        self.reader.move(-1)
        await self.redraw()

    async def choose(self, only: Only) -> None:
        """Shows the answers of one kind."""
        self.reader.choose(only)
        await self.redraw()

    async def beside(self, run_id: str) -> None:
        """Puts another run's answers beside these."""
        if await done(self.reader.beside, self.others.get(run_id)):
            await self.redraw()

    async def redraw(self) -> None:
        """The answer being read."""
        self.place.set_text(self.reader.place)
        result = self.reader.current
        passages = await act(self.reader.passages, result) if result is not None else None
        if self.body.is_deleted:
            return
        self.body.clear()
        with self.body:
            if result is None:
                Text("There is no such answer.", "muted")
                return
            Bubble("user", "Asked", result.question)
            with Columns(220, gap=12):
                Bubble("assistant", "Expected", result.expected, marker="answers-expected")
                self.draw_answer(self.reader.run.model_name, result, "answers-given")
                other = self.reader.current_other
                if self.reader.other is not None and other is not None:
                    self.draw_answer(label(self.reader.other), other, "answers-other")
            draw_passages(passages or [])

    def draw_answer(self, name: str, result: RungResult, marker: str) -> None:
        """One answer with its mark."""
        bubble = Bubble("assistant", name, result.output or "(empty)", marker=marker)
        with bubble.footer:
            Badge("right" if result.correct else "wrong", "good" if result.correct else "bad")
            Text(f"worth {figures.share(result.value, 0)}", "small", inline=True)


def draw_passages(passages: Sequence[tuple[str, str]]) -> None:
    """The passages that went with the question, folded."""
    if not passages:
        return
    with (
        Expander("Passages it was given", hint=figures.many(len(passages), "passage")),
        Stack(10),
    ):
        for title, text in passages:
            Bubble("system", title, text)
