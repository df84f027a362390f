"""Ctrl+Enter in a text field: sends what was written; Cmd+Enter does the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from studio.ui.kit.fields import Field

FILTER = """(e) => {
  if (e.key !== 'Enter' || !(e.ctrlKey || e.metaKey)) return;
  e.preventDefault();
  emit();
}"""


def on_ctrl_enter(field: Field[str], press: Callable[[], Any]) -> None:
    """Calls back when the user sends the field with the keyboard."""
    field.control.on("keydown", lambda: press(), js_handler=FILTER)
