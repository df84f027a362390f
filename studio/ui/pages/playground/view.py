"""Two models side by side, one prompt box; every answer can be rated and corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicegui import app, ui

from studio.ui.act import act
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.debounce import Debounce
from studio.ui.kit.dock import Dock, LastLine
from studio.ui.kit.empty_state import EmptyState
from studio.ui.kit.expander import Expander
from studio.ui.kit.fields import number_field, select_field, textarea_field
from studio.ui.kit.layout import Columns, Row, Stack
from studio.ui.kit.notices import Callout, notice
from studio.ui.kit.page_header import PageHeader
from studio.ui.kit.shortcut import on_ctrl_enter
from studio.ui.kit.text import Text
from studio.ui.pages.loaded import Loaded
from studio.ui.pages.playground.better_view import BetterView
from studio.ui.pages.playground.pane_view import PaneView
from studio.ui.pages.playground.vm import Playground

if TYPE_CHECKING:
    from studio.services.container import Services
    from studio.ui.shell import Shell

TICK = 0.1
"""Seconds between two looks at an answer that is being written."""


async def build(services: Services, shell: Shell) -> None:
    """Draws the playground."""
    page = Playground(services=services, project_id=shell.project_id)
    await PlaygroundView(page, shell).show()


class PlaygroundView:
    """Draws both panes and the prompt box; every decision is the view model's."""

    def __init__(self, page: Playground, shell: Shell) -> None:
        self.page, self.shell = page, shell
        self._draft = f"draft playground {shell.project_id}"

    async def show(self) -> None:
        """Reads what can answer, then draws."""
        draft = app.storage.user.get(self._draft, {})
        self.page.prompt = str(draft.get("prompt", ""))
        with PageHeader("Playground", "Ask two models the same and see which answers better."):
            self.clear_button = Button(
                "New conversation", self.clear, icon="restart_alt", marker="playground-clear"
            )
        await Loaded(self.load, self.draw, gap=12).show()

    def load(self) -> None:
        """Reads models and data; takes up the models that the address names."""
        query = self.shell.query
        self.page.load(left=query.get("left", ""), right=query.get("right", ""))

    def draw(self) -> None:
        """The panes, or what is missing."""
        page = self.page
        if not page.models:
            EmptyState(
                "No model to talk to yet",
                "Fetch the starter model; a tuned one appears here by itself.",
                ("Open models", "/models"),
                icon="forum",
                marker="playground-empty",
            )
            return
        self.keep = Debounce(0.8, self.keep_draft)
        with Expander(
            "Instructions and settings",
            hint="System prompt, data, length of an answer",
            marker="playground-settings",
        ):
            self.draw_settings()
        with Columns(340, gap=12):
            self.panes = [
                PaneView(page, pane, name, self.shell)
                for pane, name in zip(page.panes, ("left", "right"), strict=True)
            ]
        self.better = BetterView(page, self.shell)
        self.end = LastLine()
        self.draw_prompt()
        self.timer = ui.timer(TICK, self.tick, active=False)

    def draw_prompt(self) -> None:
        """What is asked, with what is known about it."""
        page = self.page
        with Dock(), Card(marker="playground-ask"):
            self.picked = Stack(4)
            self.prompt = textarea_field(
                "Prompt",
                value=page.prompt,
                placeholder="Ask both models …",
                marker="playground-prompt",
                on_change=self.written,
                rows=3,
            )
            on_ctrl_enter(self.prompt, self.send)
            with Row(8):
                self.send_button = Button(
                    "Send",
                    self.send,
                    kind="primary",
                    icon="send",
                    marker="playground-send",
                    tip="Ctrl+Enter",
                )
                self.stop_button = Button("Stop", self.stop, marker="playground-stop")
                if page.versions:
                    Button(
                        "Try a test example",
                        self.pick,
                        icon="casino",
                        marker="playground-example",
                    )
                self.why_not = Text("", "small", marker="playground-why-not")
        self.check()

    def draw_settings(self) -> None:
        """System prompt, where it and the examples come from, longest answer."""
        page = self.page
        self.system = textarea_field(
            "Instructions (system prompt)",
            value=page.system_prompt,
            hint="Sent before every conversation. A tuned model expects those it was trained with.",
            marker="playground-system",
            on_change=self.instructed,
            rows=2,
        )
        with Columns(240):
            if page.versions:
                select_field(
                    "Test examples and instructions from",
                    options=page.versions,
                    value=page.version_id,
                    marker="playground-version",
                    on_change=self.version_chosen,
                )
            number_field(
                "Longest answer (tokens)",
                value=page.max_new_tokens,
                min=1,
                max=4096,
                step=1,
                marker="playground-length",
                on_change=self.length_chosen,
            )

    def written(self, value: str) -> None:
        """Takes another prompt; one that is no longer the example's loses its answer."""
        self.page.prompt = value or ""
        if self.page.forget_example_unless_asked():
            self.draw_picked()
        self.keep.poke()
        self.check()

    def instructed(self, value: str) -> None:
        """Takes other instructions."""
        self.page.system_prompt = value or ""

    def version_chosen(self, value: str | None) -> None:
        """Takes other data."""
        self.page.choose_version(value or "")
        self.system.value = self.page.system_prompt

    def length_chosen(self, value: float | None) -> None:
        """Takes another length; an empty field changes nothing."""
        if value and value >= 1:
            self.page.max_new_tokens = int(value)

    def keep_draft(self) -> None:
        """Keeps the prompt for a reload."""
        app.storage.user[self._draft] = {"prompt": self.page.prompt}

    async def pick(self) -> None:
        """Puts a test example into the box."""
        found = await act(self.page.pick_example)
        if found is False:
            notice("The test split of this data is empty.", "info")
        if not found:
            return
        self.system.value = self.page.system_prompt
        self.prompt.value = self.page.prompt
        self.draw_picked()
        self.check()

    def draw_picked(self) -> None:
        """Shows the answer that the picked example expects."""
        self.picked.clear()
        example = self.page.example
        if example is not None:
            with self.picked:
                Callout(
                    example.answer,
                    title=f"Test example, line {example.line:,}. Expected answer:",
                    marker="playground-expected",
                )

    def send(self) -> None:
        """Asks both models; the answers are written as they come."""
        asked = self.page.send()
        if not asked:
            self.check()
            return
        for pane in self.panes:
            pane.draw_new()
        self.better.refresh()
        self.prompt.value = ""
        self.prompt.focus()
        self.end.show()
        self.timer.activate()
        self.check()

    def stop(self) -> None:
        """Stops the answers that are still coming."""
        self.page.stop()

    def clear(self) -> None:
        """Begins anew."""
        if not self.page.models:
            return
        self.page.clear()
        for pane in self.panes:
            pane.redraw()
        self.better.refresh()
        self.draw_picked()
        self.check()

    def tick(self) -> None:
        """Writes what has arrived since the last look."""
        grown = [pane.tick() for pane in self.panes]
        if any(grown):
            self.end.show()
        if not any(pane.busy for pane in self.page.panes):
            self.timer.deactivate()
            self.better.refresh()
            self.check()

    def check(self) -> None:
        """Lets Send and Stop be pressed, or not."""
        why_not = self.page.cannot_send
        busy = any(pane.busy for pane in self.page.panes)
        self.send_button.set_enabled(not why_not)
        self.stop_button.set_visibility(busy)
        self.why_not.set_text("" if why_not == "Write something to ask." else why_not)
