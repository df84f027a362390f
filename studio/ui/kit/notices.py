"""Toasts and callouts: short news that does not stop the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from nicegui import app, ui
from nicegui.element import Element

from studio.domain.errors import StudioError
from studio.ui.kit.button import Button, IconButton, decorative_icon
from studio.ui.kit.settle import settle
from studio.ui.kit.text import Text

Tone = Literal["info", "good", "bad", "warning"]
ICONS: dict[Tone, str] = {
    "info": "info_outline",
    "good": "check_circle_outline",
    "bad": "error_outline",
    "warning": "warning_amber",
}
SECONDS: dict[Tone, float] = {"info": 5, "good": 4, "bad": 20, "warning": 12}


def notice(
    text: str,
    tone: Tone = "info",
    *,
    hint: str = "",
    action: tuple[str, Callable[[], Any]] | None = None,
    seconds: float | None = None,
) -> Element:
    """Shows a toast: `notice("Model added.", "good")`; errors stay longer than good news."""
    with _host(), Element("div").classes(f"ls-toast ls-tone-{tone}").mark("notice") as toast:
        decorative_icon(ICONS[tone])
        with Element("div").classes("ls-toast-words"):
            Text(text)
            if hint:
                Text(hint, "small")

        def close() -> None:
            if not toast.is_deleted:
                toast.delete()

        if action is not None:
            label, press = action

            async def acted() -> None:
                close()
                await settle(press())

            Button(label, acted, kind="quiet", marker="notice-action")
        IconButton("close", "Dismiss", close)
        ui.timer(SECONDS[tone] if seconds is None else seconds, close, once=True)
    return toast


def error_notice(error: StudioError) -> None:
    """Shows what went wrong and its hint as a toast."""
    notice(error.message, "bad", hint=error.hint)


class Callout(Element):
    """A box within the page: `Callout("3 rows do not fit.", "warning", title="First")`."""

    def __init__(
        self, text: str, tone: Tone = "info", *, title: str = "", marker: str | None = None
    ) -> None:
        super().__init__("div")
        self.classes(f"ls-callout ls-tone-{tone}")
        if marker:
            self.mark(marker)
        with self:
            decorative_icon(ICONS[tone])
            with Element("div").classes("ls-callout-words") as self.words:
                if title:
                    Text(title, "strong")
                self._said = Text(text)

    def set_text(self, text: str) -> None:
        """Says something else."""
        self._said.set_text(text)


def _host() -> Element:
    """Returns this client's corner for toasts, made on first use and read out by screen readers."""
    kept = app.storage.client.get("toasts")
    if isinstance(kept, Element) and not kept.is_deleted:
        return kept
    with ui.context.client.layout:
        host = Element("div").classes("ls-toasts")
    host.props["role"] = "status"
    host.props["aria-live"] = "polite"
    app.storage.client["toasts"] = host
    return host
