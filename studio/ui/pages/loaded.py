"""Loaded: a part of a page that is read first; loading, failed and empty are different pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from studio.domain.errors import StudioError
from studio.ui.act import done
from studio.ui.kit.error_panel import ErrorPanel
from studio.ui.kit.layout import Stack
from studio.ui.kit.settle import settle
from studio.ui.kit.text import Text

PATIENCE = 0.3
"""Seconds before “Loading …” appears: most reads are faster, and a flash would only disturb."""


class Loaded(Stack):
    """`await Loaded(vm.load, draw).show()`; `show` again reads and draws anew."""

    def __init__(self, load: Callable[[], Any], draw: Callable[[], Any], gap: int = 12) -> None:
        super().__init__(gap, grow=True)
        self._load, self._draw = load, draw
        self._drawn = False

    async def show(self) -> None:
        """Reads off the event loop, then draws; what was drawn stays until then."""
        if not self._drawn:
            with self:
                ui.timer(PATIENCE, self._loading, once=True)
        if await done(self._load, on_error=self._failed) and not self.is_deleted:
            await self.redraw()

    async def redraw(self) -> None:
        """Draws anew from what was read before."""
        self._drawn = True
        self.clear()
        with self:
            await settle(self._draw())

    def _loading(self) -> None:
        if not self._drawn:
            with self:
                Text("Loading …", "muted", marker="loading")

    def _failed(self, error: StudioError) -> None:
        if self.is_deleted:
            return
        self._drawn = True
        self.clear()
        with self:
            ErrorPanel(error, on_retry=self.show)
