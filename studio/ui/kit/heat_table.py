"""HeatTable: a confusion matrix; numbers first, shade second."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement


class HeatTable(Element):
    """`HeatTable(labels, counts, caption="Expected (rows) and answered (columns)")`.

    Rows are what was expected, columns what was answered; a last column counts answers that are
    none of the labels, as `domain.evaluation.Confusion` has it.
    """

    def __init__(
        self, labels: Sequence[str], counts: Sequence[Sequence[int]], *, caption: str
    ) -> None:
        super().__init__("div")
        self.classes("ls-table-frame")
        self.props["tabindex"] = "0"
        self.props["role"] = "region"
        self.props["aria-label"] = caption
        columns = [*labels, "no label"] if counts and len(counts[0]) > len(labels) else labels
        with self, Element("table").classes("ls-table ls-heat"):
            TextElement(tag="caption", text=caption)
            with Element("thead"), Element("tr"):
                for title in ("Expected", *columns):
                    TextElement(tag="th", text=title).props["scope"] = "col"
            with Element("tbody"):
                for index, (label, row) in enumerate(zip(labels, counts, strict=True)):
                    total = sum(row) or 1
                    with Element("tr"):
                        TextElement(tag="th", text=label).props["scope"] = "row"
                        for column, number in enumerate(row):
                            cell = TextElement(tag="td", text=f"{number:,}" if number else "·")
                            cell.classes("ls-right" if index == column else "ls-wrong")
                            cell.style(f"--share:{100 * number / total:.0f}%")
