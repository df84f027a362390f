"""Theme: colours for the framework, the studio's style sheet and script, light and dark."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from nicegui import app, ui

Appearance = Literal["light", "dark", "auto"]
DARK: dict[Appearance, bool | None] = {"light": False, "dark": True, "auto": None}
FILES = ("studio.css", "studio.js")
FOLDER = Path(__file__).parent

FAVICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>"
    "<path d='M4 1v14M12 1v14M4 4h8M4 8h8M4 12h8' stroke='#1d4ed8' stroke-width='2' fill='none'/>"
    "</svg>"
)


def install() -> None:
    """Serves the style sheet and the script, and puts them on every page."""
    for name in FILES:
        file = FOLDER / name
        mark = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
        url = app.add_static_file(local_file=file, url_path=f"/ui-static/{mark}/{name}")
        tag = (
            f'<link rel="stylesheet" href="{url}">'
            if name.endswith(".css")
            else f'<script src="{url}"></script>'
        )
        ui.add_head_html(tag, shared=True)
    app.colors(
        primary="#1d4ed8",
        positive="#15803d",
        negative="#b91c1c",
        warning="#92400e",
        info="#0369a1",
    )
    # Its progress bar has no accessible name.
    app.config.quasar_config["loadingBar"]["skipHijack"] = True


def appearance() -> Appearance:
    """Returns what the user chose: light, dark, or as the system has it."""
    kept = app.storage.general.get("appearance", "auto")
    return kept if kept in DARK else "auto"


class ThemeSwitch:
    """Applies the chosen appearance to the present page and keeps later choices."""

    def __init__(self) -> None:
        chosen = appearance()
        ui.context.client.page.dark = DARK[chosen]  # in the first bytes already: no flash
        self._dark = ui.dark_mode(DARK[chosen])

    def choose(self, wanted: Appearance) -> None:
        """Switches, and remembers it for the next start."""
        app.storage.general["appearance"] = wanted
        self._dark.set_value(DARK[wanted])

    def next(self) -> Appearance:
        """Switches to the next of light, dark and auto, and returns it."""
        order: tuple[Appearance, ...] = ("light", "dark", "auto")
        wanted = order[(order.index(appearance()) + 1) % 3]
        self.choose(wanted)
        return wanted
