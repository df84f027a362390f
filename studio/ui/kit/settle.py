"""settle: waits for what a callback returned, when it is something to wait for."""

from __future__ import annotations

import inspect
from typing import Any


async def settle(outcome: Any) -> None:
    """Awaits the outcome of a callback that may be an ordinary or an async function."""
    if inspect.isawaitable(outcome):
        await outcome
