"""Sides: a wide part and a narrow one beside it; the narrow one moves below on a small screen."""

from __future__ import annotations

from nicegui.element import Element


class Sides(Element):
    """`sides = Sides()`; then `with sides.main: …` and `with sides.aside: …`; width in pixels."""

    def __init__(self, aside_width: int = 340, gap: int = 16) -> None:
        super().__init__("div")
        self.style(f"display:flex;flex-wrap:wrap;align-items:flex-start;gap:{int(gap)}px")
        with self:
            # Growing far faster than its sibling keeps the main part wide until it must wrap.
            self.main = Element("div").classes("ls-stack")
            self.main.style("flex:999 1 min(440px,100%);min-width:0;gap:12px")
            self.aside = Element("div").classes("ls-stack")
            self.aside.style(
                f"flex:1 1 min({int(aside_width)}px,100%);min-width:0;gap:12px;"
                "position:sticky;top:0"
            )
