"""Keys: single keys that work within a part of a page while nothing is being typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from studio.ui.kit.script import call
from studio.ui.kit.settle import settle

# Only the named keys travel; typing, modifiers and everything else stay in the browser.
FILTER = """(e) => {
  const typing = e.target.closest('input, textarea, select, [contenteditable=true]');
  if (typing || e.ctrlKey || e.metaKey || e.altKey || e.repeat) return;
  emit(e.key.toLowerCase());
}"""


class Keys(Element):
    """`with Keys({"j": forward, "k": back}, label="Answers"): …`; works while focus is inside."""

    def __init__(self, keys: Mapping[str, Callable[[], Any]], *, label: str) -> None:
        super().__init__("div")
        self.classes("ls-keys")
        self.props["role"] = "group"
        self.props["aria-label"] = label
        self.props["tabindex"] = "-1"
        self._keys = dict(keys)
        self.on("keydown", self._pressed, js_handler=FILTER)

    def take_focus(self) -> None:
        """Lets the keys work at once, without a click or the Tab key."""
        call(self.client, "focus", self.id)

    async def _pressed(self, event: GenericEventArguments) -> None:
        wanted = self._keys.get(str(event.args))
        if wanted is not None:
            await settle(wanted())
