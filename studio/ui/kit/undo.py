"""Undo instead of “Are you sure?”: a toast with Undo for ten seconds, and Ctrl+Z."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from nicegui import app
from nicegui.element import Element

from studio.ui.kit.notices import notice
from studio.ui.kit.settle import settle

SECONDS = 10.0
KEPT = 20


@dataclass(eq=False)
class Step:
    """One thing that can be taken back."""

    text: str
    undo: Callable[[], Any]
    toast: Element | None = None
    """Goes when the step is taken back in another way, as by Ctrl+Z."""


@dataclass
class UndoStack:
    """What this browser tab can take back, newest last."""

    steps: list[Step] = field(default_factory=list)

    def push(self, step: Step) -> None:
        """Remembers a step, forgetting the oldest beyond twenty."""
        self.steps = [*self.steps, step][-KEPT:]

    async def undo(self, step: Step | None = None) -> bool:
        """Takes back the newest step, or this one; False when there is none any more."""
        chosen = step if step is not None else (self.steps[-1] if self.steps else None)
        if chosen is None or chosen not in self.steps:
            return False
        self.steps.remove(chosen)
        if chosen.toast is not None and not chosen.toast.is_deleted:
            chosen.toast.delete()
        await settle(chosen.undo())
        return True


def undo_stack() -> UndoStack:
    """Returns the stack of the present browser tab."""
    kept = app.storage.client.get("undo")
    if not isinstance(kept, UndoStack):
        kept = app.storage.client["undo"] = UndoStack()
    return kept


def undo_notice(text: str, undo: Callable[[], Any]) -> None:
    """Says what was done and offers to take it back: `undo_notice("Removed v3.", restore)`."""
    stack, step = undo_stack(), Step(text, undo)
    stack.push(step)

    async def back() -> None:
        await stack.undo(step)

    step.toast = notice(text, "info", action=("Undo", back), seconds=SECONDS)
