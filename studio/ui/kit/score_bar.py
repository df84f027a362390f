"""ScoreBar: a measured share with its interval drawn, so that luck is not mistaken for skill."""

from __future__ import annotations

from typing import Literal

from nicegui.element import Element

from studio.ui.kit.text import Text
from studio.ui.kit.wording import percent

Tone = Literal["plain", "base", "tuned"]


class ScoreBar(Element):
    """A rate from 0 to 1: `ScoreBar("Tuned", 0.872, 0.841, 0.898, n=412, tone="tuned")`."""

    def __init__(
        self,
        label: str,
        value: float,
        low: float | None = None,
        high: float | None = None,
        *,
        n: int | None = None,
        tone: Tone = "plain",
        marker: str | None = None,
    ) -> None:
        super().__init__("div")
        self.classes(f"ls-score ls-score-{tone}")
        if marker:
            self.mark(marker)
        detail = ""
        if low is not None and high is not None:
            detail = f"{100 * low:.1f}–{100 * high:.1f}"
        if n is not None:
            detail = f"{detail} · {n:,} examples" if detail else f"{n:,} examples"
        with self:
            with Element("div").classes("ls-score-words"):
                Text(label, inline=True).classes("ls-score-label")
                with Element("span").classes("ls-score-figures"):
                    Text(percent(value), "strong", inline=True)
                    Text(detail, "small", inline=True)
            with Element("div").classes("ls-score-track") as track:
                track.props["aria-hidden"] = "true"  # the words above say the same
                Element("div").classes("ls-score-fill").style(f"width:{100 * _within(value):.2f}%")
                if low is not None and high is not None:
                    left, width = 100 * _within(low), 100 * (_within(high) - _within(low))
                    Element("div").classes("ls-score-interval").style(
                        f"left:{left:.2f}%;width:{max(width, 0.5):.2f}%"
                    )


def _within(share: float) -> float:
    return min(1.0, max(0.0, share))
