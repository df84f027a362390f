"""Meter: something needed against what there is, with the verdict in a word."""

from __future__ import annotations

from nicegui.element import Element

from studio.ui.kit.badge import Badge, Tone
from studio.ui.kit.layout import Row
from studio.ui.kit.text import Text

COLOURS: dict[Tone, str] = {
    "good": "good",
    "warning": "warning",
    "bad": "bad",
    "info": "info",
    "plain": "strong-line",
}


class Meter(Element):
    """`Meter("Memory", 0.4, "2.1 GB needed, 8.3 GB free", "fits", "good")`; share None: unknown."""

    def __init__(
        self, label: str, share: float | None, text: str, verdict: str, tone: Tone
    ) -> None:
        super().__init__("div")
        self.classes("ls-stack").style("gap:4px")
        with self:
            with Row(8, spread=True, wrap=False):
                Text(label, "strong")
                Badge(verdict, tone)
            track = Element("div").classes("ls-track")
            track.props["aria-hidden"] = "true"  # the words say the same
            with track:
                width = 0 if share is None else min(100.0, 100 * max(0.0, share))
                fill = Element("div").classes("ls-track-fill")
                fill.style(f"width:{width:.1f}%;background:var(--{COLOURS[tone]})")
            Text(text, "small")
