"""Bubble: one turn of a conversation; plain text that may arrive piece by piece."""

from __future__ import annotations

from typing import Literal

from nicegui.element import Element

from studio.ui.kit.layout import Row
from studio.ui.kit.text import Text


class Bubble(Element):
    """`bubble = Bubble("assistant", "Tuned"); bubble.append("Hel")`; buttons go into `footer`."""

    def __init__(
        self,
        role: Literal["system", "user", "assistant"],
        name: str,
        text: str = "",
        *,
        marker: str | None = None,
    ) -> None:
        super().__init__("article")
        self.classes(f"ls-bubble ls-bubble-{role}")
        self.props["aria-label"] = f"{name} says"
        if marker:
            self.mark(marker)
        with self:
            Text(name, "small").classes("ls-bubble-name")
            self._words = Text(text).classes("ls-bubble-text")
            self.footer = Row(4)

    @property
    def text(self) -> str:
        """What it says so far."""
        return str(self._words.text)

    def set_text(self, text: str) -> None:
        """Says something else."""
        self._words.set_text(text)

    def append(self, piece: str) -> None:
        """Says more."""
        self._words.set_text(self._words.text + piece)
