"""Heading: a real h1…h6, visible to screen readers and to tests."""

from __future__ import annotations

from nicegui.elements.mixins.text_element import TextElement


class Heading(TextElement):
    """`Heading("Training runs", level=2)`; each page has one h1, drawn by PageHeader."""

    def __init__(self, text: str, level: int = 2) -> None:
        super().__init__(tag=f"h{level}", text=text)
        self.classes(f"ls-h{level}")
