"""What tests of `/v1` share: a desk with the services behind fine-tunes, and a client before it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from openai import AsyncOpenAI

from tests.api.wire_desk import WireDesk


@pytest.fixture
def desk(tmp_path: Path) -> WireDesk:
    return WireDesk(tmp_path)


@pytest.fixture
async def client(desk: WireDesk) -> AsyncIterator[AsyncOpenAI]:
    async with desk.client() as made:
        yield made
