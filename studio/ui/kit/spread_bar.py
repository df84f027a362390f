"""SpreadBar: how far a figure may be off to both sides, drawn around its middle."""

from __future__ import annotations

from nicegui.element import Element


class SpreadBar(Element):
    """`SpreadBar(0.175, widest=0.25)`: half of it lies on either side; the words stand beside."""

    def __init__(self, half_width: float, *, widest: float, strong: bool = False) -> None:
        super().__init__("div")
        self.classes("ls-spread-bar" + (" ls-strong" if strong else ""))
        self.props["aria-hidden"] = "true"  # the number beside it says the same
        width = 100 * min(1.0, max(0.0, half_width / widest)) if widest > 0 else 0.0
        with self:
            Element("div").style(f"width:{max(width, 1.0):.1f}%")
