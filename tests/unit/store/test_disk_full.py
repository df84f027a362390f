"""A full disk: told in one sentence, nothing acknowledged lost, and over without a restart."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.domain.errors import StorageFailed
from studio.store.database import Database
from studio.store.failures import DISK_FULL
from studio.store.projects import ProjectStore
from tests.unit.store import samples

SIZE = 60_000_000
ROW = 400_000
POINTS = [7_000_000, 15_500_000, 20_000_000, 35_000_000]
"""Free bytes at the start: below 16 MB the log fills the disk, above it a checkpoint does."""


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root on Linux can make a small disk to fill")
    folder = tmp_path_factory.mktemp("small-disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"this root may not mount a small disk: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("free", POINTS)
def test_a_full_disk_costs_nothing_that_was_acknowledged(small_disk: Path, free: int) -> None:
    folder = small_disk / str(free)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * (SIZE - free))
    with Database(folder / "studio.duckdb") as database:
        projects = ProjectStore(database)
        acknowledged = _fill(projects, random.Random(free))
        assert acknowledged <= {project.id for project in projects.all()}, "while it is full"
        ballast.unlink()
        later = samples.project()
        projects.add(later)
        kept = {project.id for project in projects.all()}
    assert acknowledged | {later.id} <= kept
    with Database(folder / "studio.duckdb") as again:
        assert {project.id for project in ProjectStore(again).all()} == kept
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def _fill(projects: ProjectStore, dice: random.Random) -> set[str]:
    """Adds projects until the disk has refused two; returns the ids that were acknowledged."""
    acknowledged: set[str] = set()
    refused = 0
    while refused < 2:
        project = samples.project(description=dice.randbytes(ROW // 2).hex())
        try:
            projects.add(project)
        except StorageFailed as error:
            assert error.message == DISK_FULL
            assert "try again" in error.hint
            refused += 1
        else:
            acknowledged.add(project.id)
    return acknowledged
