"""RungLadder: a drawn ladder, highest rung on top, each with its score and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nicegui.element import Element

from studio.ui.kit.badge import Badge, Tone
from studio.ui.kit.layout import Row
from studio.ui.kit.score_bar import ScoreBar
from studio.ui.kit.score_bar import Tone as BarTone
from studio.ui.kit.text import Text


@dataclass(frozen=True, kw_only=True)
class DrawnRung:
    """One rung as it is drawn."""

    title: str
    value: float | None = None
    """Score from 0 to 1; None when it was not measured."""
    low: float | None = None
    high: float | None = None
    n: int | None = None
    detail: str = ""
    """What answered, or why there is no score."""
    badges: tuple[tuple[str, Tone], ...] = ()
    chosen: bool = False
    """The rung that is recommended."""
    marker: str = ""


class RungLadder(Element):
    """`RungLadder(rungs, label="The ladder")`: the rungs from the lowest to the highest."""

    def __init__(self, rungs: Sequence[DrawnRung], *, label: str) -> None:
        super().__init__("ol")
        self.classes("ls-ladder").mark("rung-ladder")
        self.props["aria-label"] = label
        self.props["reversed"] = True
        with self:
            for rung in reversed(rungs):
                _draw(rung)


def _draw(rung: DrawnRung) -> None:
    item = Element("li").classes("ls-ladder-rung" + (" ls-chosen" if rung.chosen else ""))
    if rung.marker:
        item.mark(rung.marker)
    with item:
        with Element("span").classes("ls-ladder-bar") as bar:
            bar.props["aria-hidden"] = "true"
        with Element("div").classes("ls-ladder-words"):
            with Row(8):
                Text(rung.title, "strong", inline=True)
                for words, tone in rung.badges:
                    Badge(words, tone)
            if rung.value is not None:
                bar_tone: BarTone = "tuned" if rung.chosen else "base"
                ScoreBar(rung.detail, rung.value, rung.low, rung.high, n=rung.n, tone=bar_tone)
            elif rung.detail:
                Text(rung.detail, "small")
