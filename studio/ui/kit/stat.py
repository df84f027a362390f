"""Stat: one number with its name, large enough to be read at a glance."""

from __future__ import annotations

from nicegui.element import Element

from studio.ui.kit.text import Text


class Stat(Element):
    """A figure: `Stat("Examples", "12,480", "3 versions")`; `set` changes it in place."""

    def __init__(
        self, label: str, value: str, hint: str = "", *, marker: str | None = None
    ) -> None:
        super().__init__("div")
        self.classes("ls-stat")
        if marker:
            self.mark(marker)
        with self:
            Text(label, "small").classes("ls-stat-label")
            self._value = Text(value).classes("ls-stat-value")
            self._hint = Text(hint, "small")
        self._hint.set_visibility(bool(hint))

    def set(self, value: str, hint: str = "") -> None:
        """Shows another value and hint."""
        self._value.set_text(value)
        self._hint.set_text(hint)
        self._hint.set_visibility(bool(hint))
