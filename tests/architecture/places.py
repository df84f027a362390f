"""Places: the repository root, its Python files, and running a tool there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ("studio", "backends")
HEAVY = ("torch", "transformers", "peft", "trl", "bitsandbytes", "vllm", "ray")


def python_files(*tops: str) -> list[Path]:
    """Returns the Python files under these folders of the repository, sorted."""
    return sorted(path for top in tops for path in (ROOT / top).rglob("*.py"))


def named(path: Path) -> str:
    """Returns the path inside the repository, as a test id."""
    return path.relative_to(ROOT).as_posix()


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Runs a tool of this environment in the repository root."""
    return subprocess.run(
        command, cwd=ROOT, text=True, capture_output=True, check=False, env=clean_environment()
    )


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs this Python in the repository root."""
    return run(sys.executable, *arguments)


def clean_environment() -> dict[str, str]:
    """Returns the environment without what only concerns pytest and NiceGUI's own tests."""
    ours = ("PYTEST_CURRENT_TEST", "NICEGUI_SCREEN_TEST_PORT", "NICEGUI_USER_SIMULATION")
    return {name: value for name, value in os.environ.items() if name not in ours}
