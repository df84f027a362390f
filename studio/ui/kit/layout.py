"""Stack, Row, Columns, Spacer: the few ways in which things stand beside or below each other."""

from __future__ import annotations

from typing import Literal

from nicegui.element import Element

Align = Literal["start", "center", "end", "baseline", "stretch"]


class Stack(Element):
    """Children below each other: `gap` in pixels, `grow` fills the height."""

    def __init__(self, gap: int = 12, *, grow: bool = False, marker: str | None = None) -> None:
        super().__init__("div")
        self.classes("ls-stack" + (" ls-grow" if grow else ""))
        self.style(f"gap:{int(gap)}px")
        if marker:
            self.mark(marker)


class Row(Element):
    """Children beside each other: `with Row(spread=True): ...` puts the free space between them."""

    def __init__(
        self,
        gap: int = 8,
        *,
        wrap: bool = True,
        align: Align = "center",
        spread: bool = False,
        marker: str | None = None,
    ) -> None:
        super().__init__("div")
        self.classes("ls-row" + (" ls-spread" if spread else "") + ("" if wrap else " ls-nowrap"))
        keyword = f"flex-{align}" if align in {"start", "end"} else align
        self.style(f"gap:{int(gap)}px;align-items:{keyword}")
        if marker:
            self.mark(marker)


class Columns(Element):
    """Equal columns, as many as fit: `with Columns(min_width=320): ...`; widths in pixels.

    With `even` the cards of a row are equally high.
    """

    def __init__(self, min_width: int = 280, gap: int = 12, *, even: bool = False) -> None:
        super().__init__("div")
        self.classes("ls-columns" + (" ls-even" if even else ""))
        # min(…, 100%) keeps a column from being wider than a narrow screen.
        self.style(
            f"gap:{int(gap)}px;"
            f"grid-template-columns:repeat(auto-fit,minmax(min({int(min_width)}px,100%),1fr))"
        )


class Spacer(Element):
    """Takes the free space of a Row: `with Row(): Text("left"); Spacer(); Button("right")`."""

    def __init__(self) -> None:
        super().__init__("div")
        self.classes("ls-spacer")
