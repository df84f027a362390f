"""pressing: runs what a press does in a place that stays, whatever becomes of the thing pressed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui.element import Element

from studio.ui.kit.settle import settle


def pressing(element: Element, on_click: Callable[..., Any]) -> Callable[[], Awaitable[None]]:
    """Returns the handler of a press.

    The row a button stands in may be drawn afresh while its work is under way; a notice that the
    work ends with must still find the window.
    """

    async def pressed() -> None:
        with element.client:
            await settle(on_click())

    return pressed
