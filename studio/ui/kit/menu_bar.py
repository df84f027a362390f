"""MenuBar: menus as desktop programs have them; arrow keys are served by `studio.js`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from studio.ui.kit.settle import settle
from studio.ui.kit.text import Text


@dataclass(frozen=True, kw_only=True)
class MenuEntry:
    """One line of a menu; an entry without a title is a dividing line."""

    title: str = ""
    shortcut: str = ""
    run: Callable[[], Any] | None = None
    enabled: Callable[[], bool] = lambda: True
    marker: str = ""


class MenuBar(Element):
    """`MenuBar({"File": [MenuEntry(title="New project", run=…)]})`; greyed afresh when opened."""

    def __init__(self, menus: Mapping[str, Sequence[MenuEntry]]) -> None:
        super().__init__("div")
        self.classes("ls-menu-bar")
        self.props["role"] = "menubar"
        self.props["aria-label"] = "Menu"
        with self:
            for index, (title, entries) in enumerate(menus.items()):
                opener = TextElement(tag="button", text=title).mark(f"menu-{title.lower()}")
                opener.props["type"] = "button"
                opener.props["role"] = "menuitem"
                opener.props["aria-haspopup"] = "menu"
                opener.props["aria-expanded"] = "false"
                opener.props["tabindex"] = "0" if index == 0 else "-1"
                with opener:
                    _menu(title, entries, opener)


def _menu(title: str, entries: Sequence[MenuEntry], opener: Element) -> None:
    menu = ui.menu().classes("ls-menu")
    menu.props["aria-label"] = title
    menu.props["anchor"], menu.props["self"] = "bottom left", "top left"
    menu.props["transition-duration"] = "0"
    menu.props["offset"] = [0, 2]
    items: list[tuple[Element, MenuEntry]] = []
    with menu:
        for entry in entries:
            if not entry.title:
                Element("div").classes("ls-menu-line").props["role"] = "separator"
                continue
            item = TextElement(tag="button", text=entry.title).classes("ls-menu-item")
            item.mark(entry.marker or "menu-item")
            item.props["type"], item.props["role"] = "button", "menuitem"
            item.on("click", lambda entry=entry: _choose(menu, entry), [])
            if entry.shortcut:
                with item:
                    Text(entry.shortcut, "small", inline=True).props["aria-hidden"] = "true"
            items.append((item, entry))

    def refresh(opened: bool) -> None:
        opener.props["aria-expanded"] = "true" if opened else "false"
        for item, entry in items:
            item.props["aria-disabled"] = "false" if entry.enabled() else "true"

    menu.on_value_change(lambda change: refresh(bool(change.value)))
    refresh(False)


async def _choose(menu: ui.menu, entry: MenuEntry) -> None:
    if not entry.enabled() or entry.run is None:
        return
    menu.close()
    await settle(entry.run())
