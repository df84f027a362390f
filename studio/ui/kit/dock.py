"""Dock: a part that stays at the lower edge of the page while the rest scrolls behind it."""

from __future__ import annotations

from nicegui.element import Element

HEIGHT = 260
"""Pixels kept free above the lower edge when something is scrolled into view."""


class Dock(Element):
    """`with Dock(): …` as the last part of a page; `LastLine().show()` scrolls just above it."""

    def __init__(self) -> None:
        super().__init__("div")
        self.classes("ls-stack")
        self.style("position:sticky;bottom:0;z-index:5;margin-top:auto")


class LastLine(Element):
    """The end of something that grows, for example of a conversation."""

    def __init__(self) -> None:
        super().__init__("div")
        self.style(f"height:1px;scroll-margin-bottom:{HEIGHT}px")

    def show(self) -> None:
        """Scrolls so far that the end can be seen, and no further."""
        self.run_method("scrollIntoView", {"block": "nearest"})
