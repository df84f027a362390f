"""KeyButton: a large button with its key, its title and the sentence that explains it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from studio.ui.kit.pressing import pressing
from studio.ui.kit.text import Text


class KeyButton(Element):
    """`KeyButton("1", "It did not know", "Facts were missing.", press, marker="kind-context")`."""

    def __init__(
        self, key: str, title: str, text: str, on_click: Callable[..., Any], *, marker: str
    ) -> None:
        super().__init__("button")
        self.classes("ls-key-button").mark(marker)
        self.props["type"] = "button"
        self.props["data-testid"] = marker
        self.props["aria-keyshortcuts"] = key
        with self:
            TextElement(tag="kbd", text=key).props["aria-hidden"] = "true"
            with Element("span").classes("ls-key-words"):
                Text(title, "strong", inline=True)
                Text(text, "small", inline=True)
        self.on("click", pressing(self, on_click), [])

    def set_pressed(self, pressed: bool) -> Self:
        """Shows it as the one chosen, or not."""
        self.props["aria-pressed"] = "true" if pressed else "false"
        return self
