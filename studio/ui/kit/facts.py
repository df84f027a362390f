"""Facts: labels with their values, one below the other."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement


class Facts(Element):
    """`Facts([("Format", "Chat messages"), ("Examples", "12,480")])`; `show` changes them all."""

    def __init__(self, facts: Sequence[tuple[str, str]], *, marker: str | None = None) -> None:
        super().__init__("dl")
        self.style(
            "display:grid;grid-template-columns:minmax(0,max-content) minmax(0,1fr);"
            "gap:4px 16px;margin:0"
        )
        if marker:
            self.mark(marker)
        self.show(facts)

    def show(self, facts: Sequence[tuple[str, str]]) -> None:
        """Shows these instead."""
        self.clear()
        with self:
            for label, value in facts:
                TextElement(tag="dt", text=label).classes("ls-text ls-text-muted")
                shown = TextElement(tag="dd", text=value).classes("ls-text")
                shown.style("margin:0;overflow-wrap:anywhere")
