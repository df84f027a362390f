"""The two forms that bring a base model in: from the hub, or from a folder."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from studio.ui.kit.button import Button
from studio.ui.kit.dialog import Dialog
from studio.ui.kit.fields import text_field
from studio.ui.kit.layout import Row
from studio.ui.kit.text import Text
from studio.ui.pages.models.vm import STARTER

SUGGESTED = (STARTER, "HuggingFaceTB/SmolLM2-360M-Instruct", "Qwen/Qwen3-0.6B", "Qwen/Qwen3-4B")


class PullModel:
    """Asks for a hub id."""

    def __init__(self, start: Callable[[str], Awaitable[None]]) -> None:
        self._start = start
        with Dialog("Get a base model", marker="pull-dialog") as self._dialog:
            self._name = text_field(
                "Name on the model hub",
                hint="As its publisher spells it. Only safetensors weights are accepted, and no "
                "code of the publisher is ever run.",
                marker="pull-name",
                placeholder="Qwen/Qwen3-0.6B",
                on_enter=self._go,
            )
            Text("Often used:", "small")
            with Row(6):
                for name in SUGGESTED:
                    Button(name, lambda name=name: self._suggest(name))
        with self._dialog.actions:
            Button("Cancel", self._dialog.close, kind="quiet")
            Button("Get it", self._go, kind="primary", marker="pull-go")

    def open(self) -> None:
        """Opens the form."""
        self._name.set_error(None)
        self._dialog.open()
        self._name.focus()

    def _suggest(self, name: str) -> None:
        self._name.value = name

    async def _go(self) -> None:
        name = (self._name.value or "").strip()
        if not name:
            self._name.set_error("Write the model's name.")
            self._name.focus()
            return
        self._dialog.close()
        await self._start(name)


class AddFolder:
    """Asks for a folder on this machine and a name."""

    def __init__(self, start: Callable[[str, str], None]) -> None:
        self._start = start
        with Dialog("Add a folder", marker="folder-dialog") as self._dialog:
            self._folder = text_field(
                "Folder on this machine",
                hint="With config.json, a tokenizer and safetensors weights. It is copied.",
                marker="folder-path",
                on_change=self._propose,
            )
            self._name = text_field("Name in the studio", marker="folder-name", on_enter=self._go)
        with self._dialog.actions:
            Button("Cancel", self._dialog.close, kind="quiet")
            Button("Add it", self._go, kind="primary", marker="folder-go")

    def open(self) -> None:
        """Opens the form."""
        self._dialog.open()
        self._folder.focus()

    def _propose(self, folder: str) -> None:
        if not self._name.value:
            self._name.value = Path(folder or "").name

    def _go(self) -> None:
        folder, name = (self._folder.value or "").strip(), (self._name.value or "").strip()
        for asked, given in ((self._folder, folder), (self._name, name)):
            asked.set_error(None if given else "This is needed.")
        if not folder:
            self._folder.focus()
        elif not name:
            self._name.focus()
        else:
            self._dialog.close()
            self._start(folder, name)
