"""Copyable: a piece of text that is meant to be taken elsewhere, with the button that takes it."""

from __future__ import annotations

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from studio.ui.kit import script
from studio.ui.kit.button import Button


class Copyable(Element):
    """`Copyable("http://127.0.0.1:8080/v1", "Address", marker="address")`; lines stay lines."""

    def __init__(self, text: str, label: str, *, marker: str) -> None:
        super().__init__("div")
        self.classes("ls-copyable")
        self.text = text
        with self:
            shown = TextElement(tag="pre", text=text).classes("ls-log").mark(marker)
            shown.props["tabindex"] = "0"  # a long line scrolls, and must with the keyboard too
            shown.props["role"] = "region"
            shown.props["aria-label"] = label
            shown.props["data-testid"] = marker
            self.button = Button("Copy", self.copy, kind="quiet", marker=f"{marker}-copy")
            self.button.props["aria-label"] = f"Copy: {label}"

    def copy(self) -> None:
        """Puts the text into the clipboard of whoever looks at the page."""
        script.call(self.client, "copy", self.text)
        self.button.set_text("Copied")
