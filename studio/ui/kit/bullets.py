"""Bullets: a few sentences, each for itself."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement


class Bullets(Element):
    """`Bullets(["The target is met.", "It costs least."])`; plain text."""

    def __init__(self, sentences: Sequence[str], *, marker: str | None = None) -> None:
        super().__init__("ul")
        self.classes("ls-bullets")
        if marker:
            self.mark(marker)
        with self:
            for sentence in sentences:
                TextElement(tag="li", text=sentence).classes("ls-text")
