"""ShareBar: how a whole is divided, in one bar with its legend; numbers first, colour second."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui.element import Element

from studio.ui.kit.text import Text

COLOURS = ("--chart-1", "--chart-2", "--chart-4", "--base")


class ShareBar(Element):
    """`ShareBar([("Context", 12), ("Behaviour", 5)], marker="kinds")`; `show` changes it."""

    def __init__(self, parts: Sequence[tuple[str, int]] = (), *, marker: str) -> None:
        super().__init__("div")
        self.classes("ls-shares").mark(marker)
        self.show(parts)

    def show(self, parts: Sequence[tuple[str, int]]) -> None:
        """Shows other parts, in the same order."""
        self.clear()
        total = sum(number for _, number in parts)
        with self:
            with Element("div").classes("ls-shares-track") as track:
                track.props["aria-hidden"] = "true"  # the legend says the same
                for index, (_, number) in enumerate(parts):
                    if number:
                        colour = COLOURS[index % len(COLOURS)]
                        piece = Element("div")
                        piece.style(f"flex:{number} 1 0;background:var({colour})")
            with Element("div").classes("ls-shares-legend"):
                for index, (title, number) in enumerate(parts):
                    with Element("span"):
                        dot = Element("i").style(f"background:var({COLOURS[index % 4]})")
                        dot.props["aria-hidden"] = "true"
                        share = f" · {100 * number / total:.0f} %" if total else ""
                        Text(f"{title} {number:,}{share}", "small", inline=True)
