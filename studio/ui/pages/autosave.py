"""Autosave: keeps what was changed once things are quiet, and at once when the page is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import background_tasks, run, ui
from nicegui.element import Element

from studio.ui.act import act
from studio.ui.kit.settle import settle

QUIET = 0.6
"""Seconds without a change before saving; well below the two that may ever be lost."""


class Autosave(Element):
    """`later = Autosave(vm.save, vm.kept)`; `later.poke()` on every change.

    `save` runs off the event loop and returns what was kept, which `kept` gets back on the loop;
    a save that failed was shown already, and the next change tries again.
    """

    def __init__(self, save: Callable[[], Any], kept: Callable[[Any], Any]) -> None:
        self._timer: ui.timer | None = None
        self._dirty = False
        super().__init__("div")
        self.set_visibility(False)
        self._save, self._kept = save, kept
        self._running = False

    def poke(self) -> None:
        """Says that there is something to keep."""
        self._dirty = True
        if self._timer is not None:
            self._timer.cancel()
        with self:
            self._timer = ui.timer(QUIET, self.now, once=True)

    async def now(self) -> None:
        """Keeps what there is to keep; changes made meanwhile are kept right after."""
        if self._running:
            return
        self._running = True
        try:
            while self._dirty and not self.is_deleted:
                self._dirty = False
                kept = await act(self._save)
                if kept is not None:
                    await settle(self._kept(kept))
        finally:
            self._running = False

    def _handle_delete(self) -> None:
        if self._dirty:
            background_tasks.create(run.io_bound(self._save), name="keeping the last change")
        super()._handle_delete()
