"""Expander: what most people never need, one press away."""

from __future__ import annotations

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from studio.ui.kit.inside import Inside
from studio.ui.kit.text import Text


class Expander(Inside):
    """`with Expander("Advanced", hint="Learning rate, adapter width, …"): …`."""

    def __init__(
        self, title: str, *, open: bool = False, hint: str = "", marker: str | None = None
    ) -> None:
        super().__init__("details")
        self.classes("ls-expander")
        self.props["open"] = open
        if marker:
            self.mark(marker)
        with self.default_slot:
            with Element("summary") as summary:
                TextElement(tag="span", text=title).classes("ls-expander-title")
                self._hint = Text(hint, "small", inline=True)
                self._hint.set_visibility(bool(hint))
            summary.mark(f"{marker}-summary" if marker else "summary")
            self.body = Element("div").classes("ls-stack ls-expander-body")

    def set_hint(self, text: str) -> None:
        """Says something else beside the title."""
        self._hint.set_text(text)
        self._hint.set_visibility(bool(text))
