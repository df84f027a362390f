"""One side of the playground: a model, its conversation, and what people think of its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from studio.ui.act import act
from studio.ui.kit.bubble import Bubble
from studio.ui.kit.button import Button, IconButton
from studio.ui.kit.card import Card
from studio.ui.kit.error_panel import ErrorPanel
from studio.ui.kit.fields import select_field, textarea_field
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.notices import notice
from studio.ui.kit.text import Text
from studio.ui.kit.undo import undo_notice
from studio.ui.pages.playground.turns import Pane, Turn
from studio.ui.pages.playground.vm import Playground

if TYPE_CHECKING:
    from studio.ui.shell import Shell


class PaneView:
    """A model and its turns; `tick` writes what has arrived."""

    def __init__(self, page: Playground, pane: Pane, name: str, shell: Shell) -> None:
        self.page, self.pane, self.name, self.shell = page, pane, name, shell
        self.turns: list[TurnView] = []
        with Card(marker=f"playground-{name}"):
            self.model = select_field(
                "Left model" if name == "left" else "Right model",
                options={"": "none", **page.models},
                value=pane.model_id,
                hint=page.about(pane.model_id),
                marker=f"playground-{name}-model",
                on_change=self.model_chosen,
                searchable=len(page.models) > 12,
            )
            self.body = Stack(10)
        self.redraw()

    def model_chosen(self, value: str | None) -> None:
        """Takes another model; its conversation begins anew, as the old one was not its own."""
        if (value or "") == self.pane.model_id:
            return
        self.page.choose_model(self.pane, value or "")
        self.model.set_hint(self.page.about(self.pane.model_id))
        self.redraw()

    def redraw(self) -> None:
        """Draws the whole conversation."""
        self.turns = []
        self.body.clear()
        with self.body:
            if not self.pane.turns:
                Text("Answers appear here.", "muted")
        for turn in self.pane.turns:
            self._add(turn)

    def draw_new(self) -> None:
        """Draws the turns that were added."""
        if not self.turns and self.pane.turns:
            self.body.clear()
        for turn in self.pane.turns[len(self.turns) :]:
            self._add(turn)

    def tick(self) -> bool:
        """Writes what has arrived; True when the conversation has grown."""
        return any([turn.tick() for turn in self.turns])

    def _add(self, turn: Turn) -> None:
        with self.body:
            marker = f"{self.name}-{len(self.turns)}"
            self.turns.append(TurnView(self.page, turn, marker, self.shell))


class TurnView:
    """One prompt with its answer and the buttons below it."""

    def __init__(self, page: Playground, turn: Turn, marker: str, shell: Shell) -> None:
        self.page, self.turn, self.marker, self.shell = page, turn, marker, shell
        self.finished = False
        self.shown = ""
        Bubble("user", "You", turn.prompt)
        self.bubble = Bubble(
            "assistant", turn.model_name, "…", marker=f"playground-answer-{marker}"
        )
        self.below = Stack(8)
        self.tick()

    def tick(self) -> bool:
        """Writes what has arrived, at the end with the buttons; True when something has."""
        if self.finished:
            return False
        grown = self.turn.text != self.shown
        if grown:
            self.shown = self.turn.text
            self.bubble.set_text(self.shown)
        if self.turn.over:
            self.finished = True
            self.draw_end()
        return grown or self.finished

    def draw_end(self) -> None:
        """Figures and opinions once the answer is whole; otherwise why it is not."""
        turn = self.turn
        if turn.state == "failed":
            if not turn.text:
                self.bubble.set_text("No answer.")
            with self.below:
                ErrorPanel(turn.error or "The answer broke off.", marker="playground-failed")
            return
        if turn.state == "stopped":
            with self.bubble.footer:
                Text("Stopped; not kept.", "small")
            return
        if not turn.text:
            self.bubble.set_text("(empty answer)")
        with self.bubble.footer:
            up = f"playground-up-{self.marker}"
            self.up = IconButton("thumb_up", "Good answer", self.like, marker=up, pressed=False)
            down = f"playground-down-{self.marker}"
            self.down = IconButton(
                "thumb_down", "Bad answer", self.dislike, marker=down, pressed=False
            )
            Button(
                "Correct",
                self.open_correction,
                kind="quiet",
                marker=f"playground-correct-{self.marker}",
            )
            Text(turn.cost, "small", marker=f"playground-cost-{self.marker}")
            if turn.by:
                Text(f"Answered by {turn.by}", "small", marker=f"playground-by-{self.marker}")
        with self.below:
            self.correction = Stack(6)
            self.kept = Text("", "small", marker=f"playground-kept-{self.marker}")
        self.show_opinion()

    async def like(self) -> None:
        """Stores a thumb up."""
        await self.rate(True)

    async def dislike(self) -> None:
        """Stores a thumb down."""
        await self.rate(False)

    async def rate(self, thumb_up: bool) -> None:
        """Stores a thumb; pressing the same one again changes nothing."""
        before = self.turn.thumb
        if before is thumb_up or not await self.store(thumb_up=thumb_up) or before is None:
            return
        undo_notice("Your opinion was replaced.", lambda: self.store(thumb_up=before))

    async def store(self, **said: Any) -> bool:
        """Stores a word on the answer and shows that it is; True when it went well."""
        with self.below:  # what was pressed may be gone by now, for example an Undo
            if await act(self.page.rate, self.turn, **said) is None:
                return False
            self.shell.saved()
            self.show_opinion()
        return True

    def open_correction(self) -> None:
        """Opens the box with the answer to be corrected."""
        self.correction.clear()
        with self.correction:
            field = textarea_field(
                "What it should have answered",
                value=self.turn.correction or self.turn.text,
                hint="Kept beside the answer, for the next training.",
                marker=f"playground-correction-{self.marker}",
                rows=2,
            )

            async def keep() -> None:
                before = self.turn.correction
                if not await self.store(correction=field.value.strip()):
                    return
                with self.below:  # the button that was pressed goes with its form
                    self.correction.clear()
                    self.offer_back(before)

            with Row(8):
                Button(
                    "Keep correction",
                    keep,
                    kind="primary",
                    marker=f"playground-keep-{self.marker}",
                )
                Button("Cancel", self.correction.clear, kind="quiet")
        field.focus()

    def offer_back(self, before: str | None) -> None:
        """Says that the correction is kept; an earlier one can be brought back."""
        if before is None:
            notice("Correction kept.", "good")
            return
        undo_notice("The correction was replaced.", lambda: self.store(correction=before))

    def show_opinion(self) -> None:
        """Says what is stored about this answer."""
        thumb = self.turn.thumb
        self.up.set_pressed(thumb is True)
        self.down.set_pressed(thumb is False)
        self.kept.set_text(self.turn.opinion)
        self.kept.set_visibility(bool(self.turn.opinion))
