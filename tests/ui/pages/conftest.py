"""One page by itself, drawn for a simulated user, without the window around it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from nicegui.testing import User
from nicegui.testing.user_simulation import user_simulation

from tests.fakes.page_services import services as fake_services
from tests.fakes.page_shell import FakeShell

Open = Callable[..., Awaitable[User]]


async def until(holds: Callable[[], bool]) -> None:
    """Waits for what the page does in the background, five seconds at most."""
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline, "it never came about"
        await asyncio.sleep(0.01)


@pytest.fixture
def services() -> Any:
    """Services in memory; a test changes what they hold."""
    return fake_services()


@pytest.fixture
def shell() -> FakeShell:
    """The window around the page."""
    return FakeShell()


@pytest.fixture
async def open_page(
    services: Any, shell: FakeShell, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Open]:
    """Opens a page: `user = await open_page(view.build_version, version_id="dsv_1")`."""
    wanted: dict[str, Any] = {}

    async def root() -> None:
        await wanted["build"](services, shell, **wanted["parameters"])

    async with user_simulation(root=root) as user:

        async def open_it(build: Callable[..., Awaitable[None]], **parameters: str) -> User:
            wanted.update(build=build, parameters=parameters)
            await user.open("/")
            return user

        yield open_it
    assert [entry for entry in caplog.get_records("call") if entry.levelname == "ERROR"] == []
