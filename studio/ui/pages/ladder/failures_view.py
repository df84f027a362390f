"""The triage on the screen: one wrong answer, four large buttons, the keyboard, undo."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from studio.domain.ladder import FailureKind
from studio.ui.act import act, done
from studio.ui.kit.bubble import Bubble
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.empty_state import EmptyState
from studio.ui.kit.expander import Expander
from studio.ui.kit.fields import select_field, text_field
from studio.ui.kit.key_button import KeyButton
from studio.ui.kit.keys import Keys
from studio.ui.kit.layout import Columns, Row, Stack
from studio.ui.kit.notices import Callout, notice
from studio.ui.kit.progress_row import ProgressRow
from studio.ui.kit.share_bar import ShareBar
from studio.ui.kit.text import Text
from studio.ui.pages.ladder.answers_view import draw_passages
from studio.ui.pages.ladder.failures_vm import TriagePage
from studio.ui.pages.ladder.frame import Frame
from studio.ui.pages.ladder.results_vm import label
from studio.ui.pages.ladder.steps import Step, step_path
from studio.ui.pages.ladder.words import FAILURE_WORDS


class FailuresView:
    """Draws the step; `1` to `4` sort, `J` and `K` move, `Z` takes back."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.page = TriagePage(
            services=frame.services, project_id=frame.project_id, overview=frame.overview
        )

    def load(self) -> None:
        """Reads the wrong answers."""
        self.page.load()
        self.first = self.page.passages()

    async def news(self) -> None:
        """Nothing here changes by itself."""

    def draw(self) -> None:
        """The triage, or what is missing before there can be one."""
        if not self.page.runs:
            EmptyState(
                "Nothing to look at yet",
                "Measure a prompt first: its wrong answers are what is sorted here.",
                ("Go to the prompt", step_path(Step.PROMPT)),
                icon="rule",
                marker="failures-empty",
            )
            return
        self.draw_explanation()
        with Card("Wrong answers", marker="failures-card"):
            if len(self.page.runs) > 1:
                select_field(
                    "Of which run",
                    options={run.id: label(run) for run in self.page.runs},
                    value=self.page.run_id,
                    hint="The best prompted run says most: it is what you would otherwise use.",
                    marker="failures-run",
                    on_change=self.choose,
                )
            self.progress = ProgressRow(self.page.progress, percent=0, marker="failures-progress")
            self.draw_triage()
            self.shares = ShareBar(self.page.parts(), marker="failures-shares")
            self.conclusion = Text("", marker="failures-conclusion")
        self.show(self.first)
        self.keys.take_focus()

    def draw_explanation(self) -> None:
        """The four kinds in plain words."""
        with (
            Card(
                "Why is it wrong?",
                subtitle="Why we ask: missing knowledge, wrong behaviour and missing ability each "
                "need another rung. Twenty sorted answers are enough to see which it is.",
            ),
            Expander("The four reasons, each with an example", marker="failures-reasons"),
            Columns(240, gap=16),
        ):
            for words in FAILURE_WORDS.values():
                with Stack(3):
                    Text(f"{words.key} · {words.title}", "strong")
                    Text(words.text)
                    Text(f"For example: {words.example}", "small")
                    Text(f"What helps: {words.helps}", "small")

    def draw_triage(self) -> None:
        """The place of the answer and the four buttons."""
        keys: dict[str, Callable[[], Any]] = {
            words.key: partial(self.sort, kind) for kind, words in FAILURE_WORDS.items()
        }
        keys |= {"j": partial(self.move, 1), "k": partial(self.move, -1), "z": self.undo}
        with Keys(keys, label="Sorting wrong answers") as self.keys, Stack(12):
            with Row(8, spread=True):
                self.place = Text("", "muted", marker="failures-place")
                with Row(8):
                    Button("Previous", partial(self.move, -1), marker="failures-previous")
                    Button("Next", partial(self.move, 1), marker="failures-next")
                    Button("Undo", self.undo, icon="undo", kind="quiet", marker="failures-undo")
            self.body = Stack(12, marker="failure")
            with Columns(300, gap=8):
                self.buttons = {
                    kind: KeyButton(
                        words.key,
                        words.title,
                        words.text,
                        partial(self.sort, kind),
                        marker=f"failures-{kind}",
                    )
                    for kind, words in FAILURE_WORDS.items()
                }
            self.note = text_field(
                "Note (optional)",
                hint="Goes with the next press, and into the report.",
                marker="failures-note",
                on_change=self.noted,
            )
            Text(
                "Keys: 1 2 3 4 sort, J next, K previous, Z takes back, while the focus is here.",
                "small",
            )

    async def choose(self, run_id: str) -> None:
        """Takes another run's wrong answers."""
        if run_id != self.page.run_id and await done(self.page.choose, run_id):
            await self.redraw()

    def noted(self, text: str) -> None:
        """Takes the note."""
        self.page.note = text or ""

    async def sort(self, kind: FailureKind) -> None:
        """Sorts the present answer."""
        was_finished = self.page.finished
        if await done(self.page.label, kind):
            self.frame.shell.saved()
            await self.redraw()
            self.frame.stale()
            if self.page.finished and not was_finished:
                notice("Enough are sorted for the rules to go by.", "good")

    async def move(self, by: int) -> None:
        """Goes on or back."""
        self.page.move(by)
        await self.redraw()

    async def undo(self) -> None:
        """Takes the newest label back."""
        if await act(self.page.undo):
            self.frame.shell.saved()
            await self.redraw()
            self.frame.stale()
        else:
            notice("There is nothing to take back.")

    async def redraw(self) -> None:
        """The present answer with its passages."""
        passages = await act(self.page.passages) or []
        if not self.body.is_deleted:
            self.show(passages)

    def show(self, passages: list[tuple[str, str]]) -> None:
        """Draws the present answer."""
        page, now = self.page, self.page.current
        self.progress.show(page.progress, percent=100 * page.share)
        self.place.set_text(page.place)
        self.shares.show(page.parts())
        self.conclusion.set_text(page.conclusion)
        self.note.value = page.note
        for kind, button in self.buttons.items():
            chosen = now is not None and now.label is not None and now.label.kind is kind
            button.set_pressed(chosen)
        self.body.clear()
        with self.body:
            if now is None:
                Callout("This run has no wrong answers. There is nothing to sort.", "good")
                return
            Bubble("user", "Asked", now.result.question, marker="failure-question")
            with Columns(240, gap=12):
                Bubble("assistant", "Expected", now.result.expected, marker="failure-expected")
                given = now.result.output or "(empty)"
                Bubble("assistant", "Given", given, marker="failure-given")
            draw_passages(passages)
