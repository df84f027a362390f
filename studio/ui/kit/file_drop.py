"""FileDrop: choose or drop a file; the server streams it to disk, with progress and Cancel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement
from nicegui.events import GenericEventArguments

from studio.ui.kit.button import decorative_icon
from studio.ui.kit.progress_row import ProgressRow
from studio.ui.kit.script import call
from studio.ui.kit.settle import settle
from studio.ui.kit.text import Text


@dataclass(frozen=True, kw_only=True)
class UploadedFile:
    """A file that the server has staged, by the name it has there."""

    id: str
    """Id of the SourceFile, for `services.datasets.preview` and `create`."""
    filename: str
    size: int
    """Bytes."""


class FileDrop(Element):
    """`FileDrop(chosen, accept=".jsonl,.csv")`; `chosen(source)` gets an UploadedFile."""

    def __init__(
        self,
        on_done: Callable[[UploadedFile], Any],
        *,
        accept: str = "",
        label: str = "Choose a file, or drop it here",
        hint: str = "",
        marker: str = "file-drop",
        url: str = "/ui-data/uploads",
    ) -> None:
        super().__init__("div")
        self.classes("ls-drop").mark(marker)
        self.props["data-url"] = url
        self._on_done = on_done
        with self:
            decorative_icon("upload_file").classes("ls-drop-icon")
            with TextElement(tag="label", text=label).classes("ls-drop-label") as words:
                self._input = Element("input").mark(f"{marker}-input")
            words.props["for"] = f"c{self._input.id}"
            Text(hint, "small").set_visibility(bool(hint))
            self._progress = ProgressRow("Uploading", on_cancel=self._cancel, marker="upload")
            self._error = Text("").classes("ls-field-error").mark(f"{marker}-error")
        self._progress.set_visibility(False)
        self._error.set_visibility(False)
        self._error.props["role"] = "alert"
        self._input.props["type"] = "file"
        self._input.props["accept"] = accept
        self._input.props["data-testid"] = f"{marker}-input"
        self._input.classes("ls-only-for-screen-readers")
        self._input.on("change", js_handler=f"() => ladder.upload({self.id}, {self._input.id})")
        for event in ("dragover", "dragleave", "drop"):
            self.on(event, js_handler=f"(e) => ladder.drag(e, {self.id}, {self._input.id})")
        self.on("uploading", self._uploading, ["detail"])
        self.on("uploaded", self._uploaded, ["detail"])
        self.on("uploadfailed", self._failed, ["detail"])

    def _cancel(self) -> None:
        call(self.client, "cancelUpload", self.id)

    def _uploading(self, event: GenericEventArguments) -> None:
        self._error.set_visibility(False)
        self._progress.set_visibility(True)
        news = event.args["detail"]
        self._progress.show(f"Uploading {news['name']}", news["percent"], news["left"])

    async def _uploaded(self, event: GenericEventArguments) -> None:
        self._progress.set_visibility(False)
        told = event.args["detail"]
        file = UploadedFile(id=str(told["id"]), filename=str(told["filename"]), size=told["size"])
        await settle(self._on_done(file))

    def _failed(self, event: GenericEventArguments) -> None:
        self._progress.set_visibility(False)
        self._error.set_text(str(event.args["detail"]))
        self._error.set_visibility(bool(event.args["detail"]))
