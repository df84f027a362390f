"""RangeBars: how far each thing moves a result to both sides of its middle (a tornado)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nicegui.element import Element

from studio.ui.kit.text import Text


class RangeBar(NamedTuple):
    """One bar, with its ends in numbers and in words."""

    title: str
    low: float
    """Result when the thing is low."""
    high: float
    """Result when it is high."""
    words: str
    """Both ends as people read them."""


class RangeBars(Element):
    """`RangeBars([RangeBar("Volume", -5.0, 12.0, "-5 to 12")], middle=3.0, marker="tornado")`."""

    def __init__(self, bars: Sequence[RangeBar], *, middle: float, marker: str) -> None:
        super().__init__("ul")
        self.classes("ls-ranges").mark(marker)
        ends = [middle, *(end for bar in bars for end in (bar.low, bar.high))]
        least, most = min(ends), max(ends)
        span = (most - least) or 1.0
        with self:
            for bar in bars:
                with Element("li"):
                    Text(bar.title, inline=True).classes("ls-ranges-title")
                    with Element("div").classes("ls-ranges-track") as track:
                        track.props["aria-hidden"] = "true"  # the words beside it say the same
                        for end, tone in ((bar.low, "low"), (bar.high, "high")):
                            start, stop = sorted((middle, end))
                            left, width = (start - least) / span, (stop - start) / span
                            piece = Element("i").classes(f"ls-ranges-{tone}")
                            piece.style(f"left:{100 * left:.2f}%;width:{100 * width:.2f}%")
                        Element("b").style(f"left:{100 * (middle - least) / span:.2f}%")
                    Text(bar.words, "small", inline=True).classes("ls-ranges-words")
