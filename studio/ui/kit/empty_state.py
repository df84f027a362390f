"""EmptyState: what a list says when there is nothing in it yet, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui.element import Element

from studio.ui.kit.button import Button, decorative_icon
from studio.ui.kit.heading import Heading
from studio.ui.kit.layout import Row
from studio.ui.kit.text import Text

Action = tuple[str, Callable[[], Any] | str]
"""A label with what pressing does: a handler, or the address it leads to."""


class EmptyState(Element):
    """`EmptyState("No datasets yet", "Import a file to begin.", ("Import data", open_import))`."""

    def __init__(
        self,
        title: str,
        text: str,
        action: Action | None = None,
        link: Action | None = None,
        *,
        icon: str = "inbox",
        level: int = 2,
        marker: str | None = None,
    ) -> None:
        super().__init__("div")
        self.classes("ls-empty")
        if marker:
            self.mark(marker)
        with self:
            decorative_icon(icon).classes("ls-empty-icon")
            Heading(title, level=level)
            Text(text, "muted")
            with Row(8):
                if action:
                    press(action, kind="primary", marker=f"{marker}-action" if marker else None)
                if link:
                    press(link, kind="quiet", marker=f"{marker}-link" if marker else None)


def press(action: Action, *, kind: Any, marker: str | None) -> Button:
    """Draws the button of an Action."""
    label, what = action
    if isinstance(what, str):
        return Button(label, href=what, kind=kind, marker=marker)
    return Button(label, what, kind=kind, marker=marker)
