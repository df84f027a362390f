"""A window of its own: a small process that shows the studio without a browser around it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading
from collections.abc import Callable

from studio.domain.errors import BackendUnavailable

TITLE, WIDTH, HEIGHT = "Ladder Studio", 1280, 820


def check() -> None:
    """Raises BackendUnavailable when this installation cannot open a window."""
    if importlib.util.find_spec("webview") is None:
        raise BackendUnavailable(
            "A window of its own needs pywebview, which is not installed.",
            hint="Install it with `pip install 'ladder-studio[native]'`, or leave --native out.",
        )


def open_window(url: str, on_closed: Callable[[], None]) -> None:
    """Opens the window in a process of its own, and calls back when the user closes it."""
    # The link goes through a pipe: arguments can be read by other users of the machine.
    process = subprocess.Popen(
        [sys.executable, "-m", "studio.server.window"], stdin=subprocess.PIPE, text=True
    )
    if process.stdin is not None:
        process.stdin.write(url)
        process.stdin.close()

    def wait() -> None:
        process.wait()
        on_closed()

    threading.Thread(target=wait, name="window", daemon=True).start()


def show() -> None:
    """Shows the address given on standard input until the window is closed."""
    import webview

    webview.create_window(TITLE, sys.stdin.read().strip(), width=WIDTH, height=HEIGHT)
    webview.start()


if __name__ == "__main__":
    show()
