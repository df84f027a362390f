"""Button and IconButton: things to press; a Button with `href` is a link that looks like one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Self

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from studio.ui.kit.pressing import pressing

Kind = Literal["plain", "primary", "quiet", "danger"]


class Button(TextElement):
    """A labelled button: `Button("Start training", start, kind="primary", marker="start")`."""

    def __init__(
        self,
        text: str,
        on_click: Callable[..., Any] | None = None,
        *,
        kind: Kind = "plain",
        icon: str | None = None,
        href: str | None = None,
        marker: str | None = None,
        tip: str = "",
        new_tab: bool = False,
    ) -> None:
        super().__init__(tag="button" if href is None else "a", text=text)
        self.classes(f"ls-button ls-button-{kind}")
        if href is None:
            self.props["type"] = "button"
        else:
            self.props["href"] = href
        if new_tab:
            # The pages' own navigation leaves such links to the browser.
            self.props["target"], self.props["rel"] = "_blank", "noopener"
        if tip:
            self.props["data-tip"] = tip
        if marker:
            self.mark(marker)
            self.props["data-testid"] = marker
        if icon:
            with self:
                decorative_icon(icon)
        if on_click is not None:
            self.on("click", pressing(self, on_click), [])

    def set_enabled(self, enabled: bool) -> Self:
        """Lets it be pressed, or not."""
        self.props["disabled"] = not enabled
        return self

    def busy(self, busy: bool) -> Self:
        """Shows that its work is under way; a busy button cannot be pressed."""
        self.props["aria-busy"] = "true" if busy else "false"
        return self.set_enabled(not busy)


class IconButton(ui.element):
    """Only an icon: `IconButton("thumb_up", "Good answer", vote, pressed=False)`."""

    def __init__(
        self,
        icon: str,
        label: str,
        on_click: Callable[..., Any] | None = None,
        *,
        marker: str | None = None,
        pressed: bool | None = None,
    ) -> None:
        super().__init__("button")
        self.classes("ls-icon-button")
        self.props["type"] = "button"
        self.set_label(label)
        if marker:
            self.mark(marker)
            self.props["data-testid"] = marker
        if pressed is not None:
            self.set_pressed(pressed)
        with self:
            self.icon = decorative_icon(icon)
        if on_click is not None:
            self.on("click", pressing(self, on_click), [])

    def set_label(self, label: str) -> Self:
        """Gives it its name for screen readers and its tip for the mouse."""
        self.props["aria-label"] = label
        self.props["data-tip"] = label
        return self

    def set_pressed(self, pressed: bool) -> Self:
        """Shows it as switched on, or off."""
        self.props["aria-pressed"] = "true" if pressed else "false"
        return self

    def set_enabled(self, enabled: bool) -> Self:
        """Lets it be pressed, or not."""
        self.props["disabled"] = not enabled
        return self


def decorative_icon(name: str) -> ui.icon:
    """Draws an icon that screen readers pass over."""
    icon = ui.icon(name)
    icon.props["aria-hidden"] = "true"
    return icon
