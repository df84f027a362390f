"""ProgressRow: work under way, with what it does, how far it is, how long it takes, and Cancel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui.element import Element

from studio.ui.kit.button import Button
from studio.ui.kit.layout import Row
from studio.ui.kit.text import Text
from studio.ui.kit.wording import time_left


class ProgressRow(Element):
    """`row = ProgressRow("Reading rows", on_cancel=stop); row.show(percent=40, eta_seconds=70)`."""

    def __init__(
        self,
        text: str,
        *,
        percent: float | None = None,
        eta_seconds: float | None = None,
        on_cancel: Callable[[], Any] | None = None,
        marker: str | None = None,
    ) -> None:
        super().__init__("div")
        self.classes("ls-progress")
        if marker:
            self.mark(marker)
        with self:
            with Row(8, wrap=False, spread=True):
                self._words = Text(text)
                with Row(12, wrap=False):
                    self._figures = Text("", "small").classes("ls-figures")
                    if on_cancel is not None:
                        Button(
                            "Cancel",
                            on_cancel,
                            kind="quiet",
                            marker=f"{marker}-cancel" if marker else "cancel",
                        )
            self._track = Element("div").classes("ls-track")
            self._track.props["role"] = "progressbar"
            self._track.props["aria-label"] = text
            self._track.props["aria-valuemin"] = "0"
            self._track.props["aria-valuemax"] = "100"
            with self._track:
                self._fill = Element("div").classes("ls-track-fill")
        self.show(percent=percent, eta_seconds=eta_seconds)

    def show(
        self,
        text: str | None = None,
        percent: float | None = None,
        eta_seconds: float | None = None,
    ) -> None:
        """Shows how far the work is (0 to 100; None: nobody knows) and its remaining seconds."""
        if text is not None:
            self._words.set_text(text)
            self._track.props["aria-label"] = text
        if percent is None:
            self._track.classes("ls-unknown")
            self._track.props.pop("aria-valuenow", None)
            self._track.update()
            self._figures.set_text("")
            return
        percent = min(100.0, max(0.0, percent))
        self._track.classes(remove="ls-unknown")
        self._track.props["aria-valuenow"] = f"{percent:.0f}"
        self._fill.style(f"width:{percent:.1f}%")
        # Below 3 % the rest of the way is a guess.
        left = time_left(eta_seconds) if percent >= 3 else ""
        self._figures.set_text(f"{percent:.0f} %" + (f" · {left}" if left else ""))
