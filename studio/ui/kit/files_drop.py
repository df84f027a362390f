"""FilesDrop: several files at once, streamed one after the other to an address of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui.events import GenericEventArguments

from studio.ui.kit.file_drop import FileDrop
from studio.ui.kit.settle import settle


class FilesDrop(FileDrop):
    """`FilesDrop("/ui-data/…", took, accept=".pdf")`; `took(answer)` gets the server's answer."""

    def __init__(
        self,
        url: str,
        on_answer: Callable[[dict[str, Any]], Any],
        *,
        accept: str = "",
        label: str = "Choose files, or drop them here",
        hint: str = "",
        marker: str = "files-drop",
    ) -> None:
        super().__init__(
            lambda file: None, accept=accept, label=label, hint=hint, marker=marker, url=url
        )
        self._input.props["multiple"] = True
        self._on_answer = on_answer

    async def _uploaded(self, event: GenericEventArguments) -> None:
        told = event.args["detail"]
        self._progress.set_visibility(bool(told.get("waiting")))
        await settle(self._on_answer(dict(told)))
