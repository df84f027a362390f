"""LogView: lines a program wrote, scrollable with the keyboard."""

from __future__ import annotations

from nicegui.elements.mixins.text_element import TextElement


class LogView(TextElement):
    """`LogView(log, "Worker's log").set_text(longer)`; plain text, newest line last."""

    def __init__(self, text: str = "", label: str = "Log", *, marker: str | None = None) -> None:
        super().__init__(tag="pre", text=text)
        self.classes("ls-log")
        self.props["tabindex"] = "0"
        self.props["role"] = "log"
        self.props["aria-label"] = label
        if marker:
            self.mark(marker)
