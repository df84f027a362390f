"""DataTable: a small table of text in plain HTML; large ones are ServerGrid's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

Cell = str | Callable[[], Any]
"""Text, or a function that draws kit elements into the cell."""


class DataTable(Element):
    """`DataTable(["Label", "Count"], [["refund", "12"]], caption="Labels", numeric=(1,))`."""

    def __init__(
        self,
        columns: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        *,
        caption: str,
        numeric: tuple[int, ...] = (),
        wordy: tuple[int, ...] = (),
        show_caption: bool = False,
        marker: str | None = None,
    ) -> None:
        """`numeric` columns stand flush right; `wordy` ones stay wide enough to be read."""
        super().__init__("div")
        self.classes("ls-table-frame")
        self.props["tabindex"] = "0"  # a wide table scrolls, and must with the keyboard too
        self.props["role"] = "region"
        self.props["aria-label"] = caption
        if marker:
            self.mark(marker)
        self._numeric, self._wordy = numeric, wordy
        with self, Element("table").classes("ls-table"):
            shown = TextElement(tag="caption", text=caption)
            if not show_caption:
                shown.classes("ls-only-for-screen-readers")
            with Element("thead"), Element("tr"):
                for index, title in enumerate(columns):
                    head = TextElement(tag="th", text=title)
                    head.props["scope"] = "col"
                    if index in numeric:
                        head.classes("ls-number")
            self._body = Element("tbody")
        self.set_rows(rows)

    def set_rows(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Shows these rows instead."""
        self._body.clear()
        with self._body:
            for row in rows:
                with Element("tr"):
                    for index, cell in enumerate(row):
                        made = TextElement(tag="td", text="" if callable(cell) else cell)
                        if index in self._numeric:
                            made.classes("ls-number")
                        if index in self._wordy:
                            made.classes("ls-wordy")
                        if callable(cell):
                            with made:
                                cell()
