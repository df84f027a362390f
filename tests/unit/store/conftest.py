"""Databases for the store's tests: one in memory, one in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.store.database import Database


@pytest.fixture
def database() -> Iterator[Database]:
    with Database(None) as opened:
        yield opened


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "studio.duckdb") as opened:
        yield opened
