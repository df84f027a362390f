"""Help: the shortcut sheet, the page's help, and what this program is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from studio.ui import strings
from studio.ui.commands import Commands
from studio.ui.kit.dialog import Dialog
from studio.ui.kit.heading import Heading
from studio.ui.kit.layout import Row
from studio.ui.kit.text import Text


def shortcut_sheet(commands: Commands) -> Dialog:
    """Draws the closed sheet of all shortcuts, by menu."""
    by_menu: dict[str, list[tuple[str, str]]] = {}
    for command in commands.shortcuts():
        by_menu.setdefault(command.menu or "Anywhere", []).append((command.title, command.shortcut))
    with Dialog("Keyboard shortcuts", wide=True, marker="shortcut-sheet") as dialog:
        with Element("div").classes("ls-shortcuts"):
            for menu, lines in by_menu.items():
                with Element("div"):
                    Heading(menu, level=3)
                    for title, keys in lines:
                        with Element("div").classes("ls-shortcut"):
                            Text(title, inline=True)
                            keyboard(keys)
        Text("On a Mac, Ctrl is ⌘. In menus and groups, the arrow keys move.", "small")
    return dialog


def page_help() -> tuple[Dialog, Heading, Text]:
    """Draws the closed help, whose heading and text the shell fills for the present page."""
    with Dialog("Help", marker="help") as dialog:
        title, words = Heading("", level=3), Text("")
        Text("Press Ctrl+K to find anything, Ctrl+/ for the keys.", "muted")
    return dialog, title, words


def about() -> Dialog:
    """Draws the closed box that says what this program is."""
    with Dialog(f"About {strings.PRODUCT}", marker="about") as dialog:
        Text(
            "A studio that finds out how far up the ladder your task must climb, from prompting to "
            "fine-tuning, by measuring each rung on your own examples."
        )
        Text(f"{_version()}, Apache License 2.0", "muted")
        Text("Licences of its parts are listed under Settings.", "muted")
    return dialog


def _version() -> str:
    try:
        return f"Version {version('ladder-studio')}"
    except PackageNotFoundError:
        return "Run from its source, not installed"


def keyboard(keys: str) -> None:
    """Draws a shortcut as keys."""
    with Row(3, wrap=False):
        for key in keys.split("+"):
            TextElement(tag="kbd", text=key)
