"""The one way from Python into `studio.js`: a named function with JSON arguments."""

from __future__ import annotations

import json
from typing import Any

from nicegui.client import Client


def call(client: Client, function: str, *arguments: Any) -> None:
    """Runs `ladder.<function>(…)` in the browser; arguments travel as JSON, never as code."""
    listed = ", ".join(json.dumps(argument) for argument in arguments)
    client.run_javascript(f"ladder.{function}({listed})")
