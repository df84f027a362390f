"""An upload is streamed, limited by the server, staged, and leaves nothing behind."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from studio.domain.errors import InvalidInput, StorageFailed
from studio.ui.upload_route import UploadRoute, usable
from tests.fakes.services import FakeServices

LIMIT = 1000
Ask = Callable[..., Any]


@pytest.fixture
def services(tmp_path: Path) -> FakeServices:
    return FakeServices(tmp_path)


@pytest.fixture
async def client(services: FakeServices, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    route = UploadRoute(cast(Any, services), tmp_path / "incoming", LIMIT)
    app = Starlette(routes=[Route("/up", route.put, methods=["PUT"])])
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made
    assert list((tmp_path / "incoming").glob("*")) == []


async def pieces(n: int) -> AsyncIterator[bytes]:
    for _ in range(n):
        yield b"x" * 100


async def test_a_file_arrives_whole_under_its_own_name(
    client: httpx.AsyncClient, services: FakeServices
) -> None:
    answer = await client.put("/up", params={"filename": "Träume.csv"}, content=pieces(10))
    assert answer.json() == {"id": "src_1", "filename": "Träume.csv", "size": 9}
    assert services.datasets.staged == {"Träume.csv": b"x" * 1000}


@pytest.mark.parametrize("body", [b"x" * 1001, None], ids=["claimed", "counted"])
async def test_a_file_over_the_limit_is_refused(
    client: httpx.AsyncClient, services: FakeServices, body: bytes | None
) -> None:
    answer = await client.put("/up", params={"filename": "a.csv"}, content=body or pieces(11))
    assert answer.status_code == 413
    assert services.datasets.staged == {}


async def test_a_broken_upload_leaves_nothing(
    client: httpx.AsyncClient, services: FakeServices
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    answer = await client.put("/up", params={"filename": "a.csv"}, content=broken())
    assert answer.status_code == 507
    assert services.datasets.staged == {}


async def test_a_store_that_cannot_keep_it_says_so(
    client: httpx.AsyncClient, services: FakeServices
) -> None:
    services.datasets.stage_failure = StorageFailed("The disk is full.", hint="Make room.")
    answer = await client.put("/up", params={"filename": "a.csv"}, content=b"x")
    assert (answer.status_code, answer.text) == (507, "The disk is full. Make room.")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a.csv", "a.csv"),
        ("../../etc/passwd", "passwd"),
        (r"C:\data\b.csv", "b.csv"),
        ("a\x00b\n.csv", "ab.csv"),
        ("x" * 300 + ".csv", "x" * 196 + ".csv"),
    ],
)
def test_a_name_is_only_ever_a_label(given: str, kept: str) -> None:
    assert usable(given) == kept


@pytest.mark.parametrize("given", ["", "..", "a/", "\n"])
def test_a_file_without_a_name_is_refused(given: str) -> None:
    with pytest.raises(InvalidInput):
        usable(given)


async def test_a_disk_without_room_for_the_folder_is_said_so(
    services: FakeServices, tmp_path: Path
) -> None:
    def full(path: Path, name: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    services.datasets.stage = full  # type: ignore[method-assign]  # a disk that is full by now
    route = UploadRoute(cast(Any, services), tmp_path / "incoming", LIMIT)
    app = Starlette(routes=[Route("/up", route.put, methods=["PUT"])])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test"
    ) as client:
        answer = await client.put("/up", params={"filename": "a.csv"}, content=b"a,b")
    assert answer.status_code == 507
    assert answer.text.startswith("The disk is full")
