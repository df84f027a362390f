"""ColumnsChart: counts of equally wide bins as columns, what lies below zero marked by hatching."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui.element import Element

from studio.ui.kit.text import Text


class ColumnsChart(Element):
    """`ColumnsChart([(-500.0, 10), (0.0, 80)], label="…", ends=("-500", "500"), marker="m")`."""

    def __init__(
        self,
        bins: Sequence[tuple[float, int]],
        *,
        label: str,
        ends: tuple[str, str],
        marker: str,
    ) -> None:
        """Draws the bins, given as left edge and count; `label` says in words what they show."""
        super().__init__("figure")
        self.classes("ls-histogram").mark(marker)
        self.props["role"] = "img"
        self.props["aria-label"] = label
        tallest = max((count for _, count in bins), default=0) or 1
        width = bins[1][0] - bins[0][0] if len(bins) > 1 else 0.0
        with self:
            with Element("div").classes("ls-histogram-bars"):
                for edge, count in bins:
                    column = Element("i").style(f"height:{max(0.5, 100 * count / tallest):.1f}%")
                    if edge + width / 2 < 0:
                        column.classes("ls-histogram-loss")
            with Element("div").classes("ls-histogram-ends"):
                for words in ends:
                    Text(words, "small", inline=True)
