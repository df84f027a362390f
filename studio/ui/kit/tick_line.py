"""TickLine: one point of a checklist with its box and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.element import Element

from studio.ui.kit.settle import settle
from studio.ui.kit.text import Text


class TickLine(Element):
    """`TickLine("Split frozen", True, save, hint="Why …", marker="tick-split")`."""

    def __init__(
        self,
        text: str,
        value: bool,
        on_change: Callable[[bool], Any],
        *,
        hint: str = "",
        marker: str,
    ) -> None:
        super().__init__("div")
        self.classes("ls-tick")
        with self:
            self._box = ui.checkbox(text, value=value).mark(marker)
            self._box.props["data-testid"] = marker
            self._box.props["dense"] = True
            self._hint = Text(hint, "small")
        self._box.props["aria-describedby"] = f"c{self._hint.id}"
        self._hint.set_visibility(bool(hint))

        async def changed(change: Any) -> None:
            await settle(on_change(bool(change.value)))

        self._box.on_value_change(changed)

    def set_hint(self, text: str) -> None:
        """Shows another hint."""
        self._hint.set_text(text)
        self._hint.set_visibility(bool(text))
