"""The tools agree: lint, format, types and import contracts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.architecture.places import run

BESIDE_PYTHON = Path(sys.executable).parent
TOOLS = {
    "ruff finds nothing": (sys.executable, "-m", "ruff", "check", "."),
    "the code is formatted": (sys.executable, "-m", "ruff", "format", "--check", "."),
    "mypy is content": (sys.executable, "-m", "mypy"),
    "imports point down only": (str(BESIDE_PYTHON / "lint-imports"), "--no-cache"),
}


@pytest.mark.parametrize("promise", TOOLS)
def test_tool_finds_nothing(promise: str) -> None:
    found = run(*TOOLS[promise])
    assert found.returncode == 0, found.stdout[-6000:] + found.stderr[-2000:]
