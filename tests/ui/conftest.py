"""The whole web face for a simulated user, without a browser: services in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from nicegui.testing import User
from nicegui.testing.user_simulation import user_simulation

from studio.settings import Settings
from studio.ui.app import create
from tests.fakes.services import FakeServices


@pytest.fixture
def studio_services(tmp_path: Path) -> FakeServices:
    """A studio in memory; a test changes what it holds."""
    return FakeServices(tmp_path)


@pytest.fixture
async def studio(
    studio_services: FakeServices, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[User]:
    """A user in front of the studio: `await studio.open("/models")`. No error may be logged."""
    built: dict[str, Any] = {}

    async def root() -> None:
        await built["root"]()

    async with user_simulation(root=root) as user:
        # The simulation forgets routes when it begins, so they are registered inside it.
        built["root"] = create(cast(Any, studio_services), Settings(data_dir=tmp_path))
        yield user
    assert [entry for entry in caplog.get_records("call") if entry.levelname == "ERROR"] == []
