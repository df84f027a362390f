"""Starts a studio in a process of its own, waits for its link, and ends it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 40.0
NOT_INHERITED = ("PYTEST_CURRENT_TEST", "NICEGUI_SCREEN_TEST_PORT", "NICEGUI_USER_SIMULATION")


@dataclass
class RunningStudio:
    """A studio that answers."""

    process: subprocess.Popen[str]
    folder: Path
    link: str
    """Address with the key that signs a browser in."""
    seconds: float
    """From the start of the process to its link."""

    @property
    def origin(self) -> str:
        return self.link.partition("/?")[0]

    @property
    def port(self) -> int:
        return int(self.origin.rpartition(":")[2])

    @property
    def token(self) -> str:
        return (self.folder / "token").read_text(encoding="ascii")

    def log(self) -> str:
        return (self.folder / "logs" / "studio.log").read_text(encoding="utf-8")


@contextmanager
def running_studio(
    state: str = "full",
    *,
    folder: Path | None = None,
    environment: dict[str, str] | None = None,
    **options: object,
) -> Iterator[RunningStudio]:
    """Lends a studio with services in memory; `state` is `full` or `empty`."""
    with tempfile.TemporaryDirectory(prefix="ladder-test-") as temporary:
        place = folder or Path(temporary)
        command = ["-W", "error", "-m", "tests.fakes.studio_process", str(place), state]
        words = [f"{name}={value}" for name, value in options.items()]
        with _running([*command, *words], place, environment or {}) as running:
            yield running


@contextmanager
def real_studio(folder: Path) -> Iterator[RunningStudio]:
    """Lends the studio that users get, on a data folder."""
    words = ["serve", "--no-open", "--port", "0", "--data-dir", str(folder)]
    with _running(["-m", "studio", *words], folder, {}) as running:
        yield running


@contextmanager
def _running(words: list[str], place: Path, environment: dict[str, str]) -> Iterator[RunningStudio]:
    kept = {name: text for name, text in os.environ.items() if name not in NOT_INHERITED}
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env={**kept, **environment},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    lines: list[str] = []
    linked = threading.Event()

    def read() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            lines.append(line)
            if "?key=" in line:
                linked.set()
        linked.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        linked.wait(PATIENCE)
        found = re.search(r"http\S+\?key=\S+", "".join(lines))
        assert found, f"the studio did not start:\n{''.join(lines)}"
        yield RunningStudio(process, place, found[0], time.monotonic() - began)
    finally:
        process.terminate()
        try:
            process.wait(10)
        finally:
            process.kill()
            reader.join(5)
            if process.stderr is not None:
                process.stderr.close()
