"""WithRail: a narrow rail and the content beside it; on a small screen the rail lies on top."""

from __future__ import annotations

from nicegui.element import Element

from studio.ui.kit.layout import Stack


class WithRail(Element):
    """`parts = WithRail()`; then `with parts.rail: …` and `with parts.main: …`."""

    def __init__(self) -> None:
        super().__init__("div")
        self.classes("ls-with-rail")
        with self:
            self.rail = Element("div")
            self.rail.classes("ls-rail-place")
            self.main = Stack(16)
