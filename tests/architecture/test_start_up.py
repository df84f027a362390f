"""Start-up stays light: no heavy library in the studio's own process, help at once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.architecture.places import HEAVY, python, python_files

LIGHT_FOR_HELP = (*HEAVY, "nicegui", "duckdb", "fastapi", "httpx", "rich.progress")
BACKENDS = [
    ".".join(path.parts[-3:-1]) + ".backend"
    for path in python_files("backends")
    if path.name == "backend.py"
]


def loaded(code: str, watched: tuple[str, ...]) -> list[str]:
    """Returns which of the watched modules a fresh process has loaded after the code."""
    probe = f"{code}\nimport sys\nprint(*[name for name in {watched!r} if name in sys.modules])"
    done = python("-c", probe)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    "module", ["studio.__main__", "studio.bootstrap", "studio.server", *BACKENDS]
)
def test_importing_loads_no_heavy_library(module: str) -> None:
    assert loaded(f"import {module}", HEAVY) == []


def test_building_the_whole_studio_loads_no_heavy_library(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from studio.bootstrap import build_services
from studio.settings import Settings
from studio.ui.app import create
settings = Settings(data_dir=Path({str(tmp_path)!r}))
services = build_services(settings)
services.start()
create(services, settings)
services.close()
"""
    assert loaded(code, HEAVY) == []


def test_the_command_line_loads_only_what_help_needs() -> None:
    assert loaded("import studio.cli.main", LIGHT_FOR_HELP) == []


def test_help_costs_little_more_than_the_library_that_prints_it() -> None:
    """Both are timed in turns, so that a busy machine slows both."""
    helping, bare = [], []
    for _ in range(5):
        helping.append(seconds("-m", "studio", "--help"))
        bare.append(seconds("-c", "import typer.main, typer.testing, pydantic_core"))
    assert min(helping) < 3 * min(bare), (helping, bare)


def seconds(*arguments: str) -> float:
    """Returns how long a fresh interpreter took."""
    began = time.perf_counter()
    assert python(*arguments).returncode == 0
    return time.perf_counter() - began
