"""PageScope: subscriptions and timers that end with the page that made them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import Event, ui
from nicegui.element import Element


class PageScope(Element):
    """Owner of a page's subscriptions: `scope = PageScope(); scope.subscribe(shell.news, refresh)`.

    A view inside `ui.sub_pages` dies without its client dying, so an ordinary subscription leaks.
    """

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []  # before super(): deletion may come early
        super().__init__("div")
        self.set_visibility(False)

    def subscribe(self, event: Event[Any], callback: Callable[..., Any]) -> None:
        """Calls back on every emission until this page is left."""
        event.subscribe(callback, unsubscribe_on_delete=False)
        self._undo.append(lambda: event.unsubscribe(callback))

    def every(self, seconds: float, callback: Callable[[], Any]) -> None:
        """Calls back every so many seconds until this page is left."""
        with self:
            ui.timer(seconds, callback)

    def on_leave(self, callback: Callable[[], None]) -> None:
        """Calls back once, when this page is left."""
        self._undo.append(callback)

    def _handle_delete(self) -> None:
        while self._undo:
            self._undo.pop()()
        super()._handle_delete()
