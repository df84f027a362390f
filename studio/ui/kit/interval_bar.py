"""IntervalBar: a difference with its interval drawn against nothing and against its limit."""

from __future__ import annotations

from nicegui.element import Element


class IntervalBar(Element):
    """`IntervalBar(0.012, -0.008, 0.031, limit=-0.03)`; the words beside it say the same."""

    def __init__(
        self,
        value: float | None,
        low: float | None,
        high: float | None,
        *,
        limit: float | None,
        nothing: float = 0.0,
    ) -> None:
        """`nothing` is where no difference lies: 0, or 1 for a factor."""
        super().__init__("div")
        self.classes("ls-interval")
        self.props["aria-hidden"] = "true"
        known = [end for end in (value, low, high, limit) if end is not None]
        least, most = min([nothing, *known]), max([nothing, *known])
        margin = 0.08 * (most - least) or 1.0
        self._least, self._span = least - margin, (most - least) + 2 * margin
        with self:
            self._line(nothing, "ls-interval-zero")
            if limit is not None:
                self._line(limit, "ls-interval-limit")
            if low is not None and high is not None:
                piece = Element("div").classes("ls-interval-reach")
                width = 100 * (high - low) / self._span
                piece.style(f"left:{self._at(low):.2f}%;width:{max(width, 1.0):.2f}%")
            if value is not None:
                self._line(value, "ls-interval-value")

    def _line(self, at: float, css: str) -> None:
        Element("div").classes(css).style(f"left:{self._at(at):.2f}%")

    def _at(self, value: float) -> float:
        return 100 * (value - self._least) / self._span
