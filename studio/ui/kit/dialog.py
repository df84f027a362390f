"""Dialog: a question that needs more than a toast; Escape closes it and focus returns."""

from __future__ import annotations

from nicegui import ui
from nicegui.element import Element

from studio.ui.kit.button import IconButton
from studio.ui.kit.heading import Heading
from studio.ui.kit.inside import Inside
from studio.ui.kit.layout import Row, Stack


class Dialog(ui.dialog, Inside):  # in this order: the first one brings its component
    """`with Dialog("New project") as dialog: …; with dialog.actions: Button("Create", …)`."""

    def __init__(self, title: str, *, wide: bool = False, marker: str | None = None) -> None:
        super().__init__()
        self.props["aria-label"] = title
        self.props["transition-duration"] = "120"
        if marker:
            self.mark(marker)
        with self.default_slot:
            box = Element("div").classes("ls-dialog" + (" ls-dialog-wide" if wide else ""))
            with box:
                with Row(8, spread=True, wrap=False).classes("ls-dialog-head"):
                    Heading(title, level=2)
                    IconButton("close", "Close", self.close)
                self.body = Stack(12).classes("ls-dialog-body")
                self.actions = Row(8).classes("ls-dialog-actions")
