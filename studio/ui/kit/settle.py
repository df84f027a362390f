"""settle: waits for what a callback returned, when it is something to wait for."""

from __future__ import annotations

import inspect
from typing import Any

from nicegui.element import Element


async def settle(outcome: Any) -> None:
    """Awaits the outcome of a callback that may be an ordinary or an async function."""
    # A dialog returns itself when it is closed, and opens again when it is awaited.
    if inspect.isawaitable(outcome) and not isinstance(outcome, Element):
        await outcome
