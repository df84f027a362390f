"""ErrorPanel: what could not be shown: what happened, what to do, details to copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.element import Element

from studio.domain.errors import StudioError
from studio.ui.kit.button import Button, decorative_icon
from studio.ui.kit.heading import Heading
from studio.ui.kit.layout import Row
from studio.ui.kit.log_view import LogView
from studio.ui.kit.text import Text


class ErrorPanel(Element):
    """`ErrorPanel(error, on_retry=load)`; `details` stay folded and can be copied.

    `level` is that of its heading: 1 where it stands in for a whole page.
    """

    def __init__(
        self,
        error: StudioError | str,
        details: str = "",
        on_retry: Callable[[], Any] | None = None,
        *,
        on_dismiss: Callable[[], Any] | None = None,
        level: int = 2,
        marker: str = "error-panel",
    ) -> None:
        super().__init__("div")
        self.classes("ls-error")
        self.mark(marker)
        self.props["role"] = "alert"
        message = error.message if isinstance(error, StudioError) else error
        hint = error.hint if isinstance(error, StudioError) else ""
        with self:
            decorative_icon("error_outline").classes("ls-error-icon")
            with Element("div").classes("ls-stack"):
                Heading(message, level=level)
                if hint:
                    Text(hint)
                with Row(8):
                    if on_retry is not None:
                        Button("Try again", on_retry, kind="primary", marker="retry")
                    Button(
                        "Copy details",
                        lambda: ui.clipboard.write(f"{message}\n{hint}\n{details}".strip()),
                        kind="quiet",
                    )
                    if on_dismiss is not None:
                        Button("Dismiss", on_dismiss, kind="quiet", marker="dismiss")
                if details:
                    LogView(details, "Details")
