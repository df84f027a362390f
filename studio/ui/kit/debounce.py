"""Debounce: work that waits until the user pauses, never twice at once, the newest wish last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.element import Element

from studio.ui.kit.settle import settle


class Debounce(Element):
    """`later = Debounce(0.4, recalculate)`; `later.poke()` on every change. Ends with its page."""

    def __init__(self, seconds: float, work: Callable[[], Any]) -> None:
        self._timer: ui.timer | None = None
        super().__init__("div")
        self.set_visibility(False)
        self._seconds, self._work = seconds, work
        self._running = self._again = False

    def poke(self) -> None:
        """Asks for the work to be done once things are quiet."""
        if self._timer is not None:
            self._timer.cancel()
        with self:
            self._timer = ui.timer(self._seconds, self.now, once=True)

    async def now(self) -> None:
        """Does the work at once, or once more after the work that is under way."""
        if self._running:
            self._again = True
            return
        self._running = True
        try:
            self._again = True
            while self._again and not self.is_deleted:
                self._again = False
                await settle(self._work())
        finally:
            self._running = False
