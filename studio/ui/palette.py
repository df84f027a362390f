"""Palette: type a few letters, choose a command or a thing, press Enter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.element import Element

from studio.ui.commands import Commands, matches
from studio.ui.kit.button import decorative_icon
from studio.ui.kit.script import call
from studio.ui.kit.settle import settle
from studio.ui.kit.text import Text

SHOWN = 12


@dataclass(frozen=True)
class Hit:
    """One line of the palette."""

    title: str
    kind: str
    icon: str
    run: Callable[[], Any]
    also: str = ""
    """Other words that it is found by."""


class Palette:
    """The dialog behind Ctrl+K."""

    def __init__(self, commands: Commands, things: Callable[[], Awaitable[list[Hit]]]) -> None:
        self._commands, self._things = commands, things
        self._hits: list[Hit] = []
        self._found: list[Hit] = []
        self._lines: list[Element] = []
        self._at = 0
        with ui.dialog() as self._dialog:
            self._dialog.props["position"] = "top"
            self._dialog.props["aria-label"] = "Command palette"
            self._dialog.props["transition-duration"] = "80"
            with Element("div").classes("ls-palette"):
                self._input = ui.input(placeholder="Type a command, a dataset, a job, a model …")
                self._input.classes("ls-palette-input").mark("palette-input")
                self._list = Element("div").classes("ls-palette-list").mark("palette-list")
        self._list.props["role"] = "listbox"
        self._list.props["aria-label"] = "Matches"
        for name, value in {
            "dense": True,
            "borderless": True,
            "autofocus": True,
            "role": "combobox",
            "aria-label": "Command palette",
            "aria-expanded": "true",
            "aria-controls": f"c{self._list.id}",
            "aria-autocomplete": "list",
        }.items():
            self._input.props[name] = value
        self._input.on_value_change(lambda change: self._filter(str(change.value or "")))
        self._input.on("keydown.down.prevent", lambda: self._move(1), [])
        self._input.on("keydown.up.prevent", lambda: self._move(-1), [])
        self._input.on("keydown.enter.prevent", self._enter, [])

    async def open(self) -> None:
        """Opens it with commands first; things follow as soon as they are read."""
        self._hits = [
            Hit(
                command.title,
                command.shortcut or command.menu,
                "chevron_right",
                command.run,
                command.also,
            )
            for command in self._commands.all()
            if command.enabled() and command.id != "palette"
        ]
        self._input.set_value("")
        self._filter("")
        self._dialog.open()
        self._hits += await self._things()
        # Who has moved down the list already stays where they are.
        self._filter(str(self._input.value or ""), at=self._at)

    def _filter(self, wanted: str, at: int = 0) -> None:
        self._found = [
            hit for hit in self._hits if matches(wanted, f"{hit.title} {hit.kind} {hit.also}")
        ]
        self._found = self._found[:SHOWN]
        self._list.clear()
        self._lines = []
        with self._list:
            for index, hit in enumerate(self._found):
                self._lines.append(self._line(index, hit))
            if not self._found:
                Text("Nothing matches. Try fewer letters.", "muted")
        self._at = min(at, max(0, len(self._found) - 1))
        self._mark()

    def _line(self, index: int, hit: Hit) -> Element:
        with Element("div").classes("ls-palette-item").mark("palette-hit") as line:
            line.props["role"] = "option"
            line.on("click", lambda: self._choose(index), [])
            decorative_icon(hit.icon)
            Text(hit.title, inline=True)
            Text(hit.kind, "small", inline=True)
        return line

    def _move(self, step: int) -> None:
        if self._lines:
            self._at = (self._at + step) % len(self._lines)
            self._mark()

    def _mark(self) -> None:
        for index, line in enumerate(self._lines):
            line.props["aria-selected"] = "true" if index == self._at else "false"
        if self._lines:
            chosen = self._lines[self._at]
            self._input.props["aria-activedescendant"] = f"c{chosen.id}"
            call(self._dialog.client, "reveal", chosen.id)

    async def _enter(self) -> None:
        await self._choose(self._at)

    async def _choose(self, index: int) -> None:
        if index < len(self._found):
            self._dialog.close()
            await settle(self._found[index].run())
