"""Address: under which name this page was reached, for what a user copies to other programs."""

from __future__ import annotations

from nicegui import ui


def origin() -> str:
    """Returns for example `http://127.0.0.1:8080`, as the browser asked for it."""
    return str(ui.context.client.request.base_url).rstrip("/")
