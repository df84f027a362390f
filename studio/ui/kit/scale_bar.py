"""ScaleBar: where a figure lies on a scale with named marks, for example from calm to alarm."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui.element import Element

from studio.ui.kit.badge import Tone
from studio.ui.kit.meter import COLOURS
from studio.ui.kit.text import Text


class ScaleBar(Element):
    """`ScaleBar(0.6, [(0.5, "1"), (1.0, "20")], tone="good")`; positions from 0 to 1."""

    def __init__(
        self, position: float, marks: Sequence[tuple[float, str]], *, tone: Tone = "info"
    ) -> None:
        super().__init__("div")
        self.classes("ls-scale")
        self.props["aria-hidden"] = "true"  # the words beside it say the same
        with self:
            with Element("div").classes("ls-track"):
                fill = Element("div").classes("ls-track-fill")
                fill.style(f"width:{100 * position:.1f}%;background:var(--{COLOURS[tone]})")
            with Element("div").classes("ls-scale-marks"):
                for at, words in marks:
                    mark = Text(words, "small", inline=True)
                    mark.style(f"left:{100 * at:.1f}%")
                    if at >= 1:
                        mark.classes("ls-scale-end")
