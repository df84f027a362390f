"""Node: runs scripts on OpenAI's own package for Node, fetched once into the user's cache."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import NoReturn

import filelock
import platformdirs
import pytest

PACKAGE = "openai@7"
OLDEST = 18
"""Major version of Node that still runs the package, whose authors support newer ones only."""
PATIENCE = 120.0


def run_script(script: str, **environment: str) -> str:
    """Runs an ES module and returns what it printed.

    Without Node, or without a registry to fetch the package from, the test is skipped; where CI is
    set it fails, because there nothing may be missing.
    """
    ran = subprocess.run(
        [_node(), "--input-type=module", "--eval", script],
        cwd=_folder(),
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert ran.returncode == 0, f"the script failed:\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


@cache
def _node() -> str:
    node = shutil.which("node")
    if node is None:
        _go_without("Node is not installed")
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"v(\d+)", told)
    if found is None or int(found[1]) < OLDEST:
        _go_without(f"Node {told.strip()} is older than {OLDEST}")
    return node


@cache
def _folder() -> Path:
    """Returns a folder in which the package can be imported."""
    folder = Path(platformdirs.user_cache_dir("ladder-studio-tests")) / "node" / PACKAGE
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "installed"
    with filelock.FileLock(folder / "lock"):
        if not done.exists():
            _install(folder)
            done.touch()
    return folder


def _install(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        _go_without("npm is not installed")
    (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
    ran = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    if ran.returncode != 0:
        _go_without(f"{PACKAGE} cannot be fetched: {ran.stderr[-500:]}")


def _go_without(why: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)
