"""No body over the limit reaches the application, whatever its sender claims."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from studio.server.body_limit import BodyLimit


async def length(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def early(request: Request) -> StreamingResponse:
    async def answer() -> AsyncIterator[bytes]:
        yield b"begun"
        async for _ in request.stream():
            pass

    return StreamingResponse(answer())


APP = BodyLimit(
    Starlette(
        routes=[
            Route("/large/x", length, methods=["POST"]),
            Route("/early", early, methods=["POST"]),
            Route("/", length, methods=["POST"]),
        ]
    ),
    default=1000,
    larger=(("/large/", 5000),),
)


async def pieces(n: int) -> AsyncIterator[bytes]:
    for _ in range(n):
        yield b"x" * 100


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(APP)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


async def test_what_fits_is_read_whole(client: httpx.AsyncClient) -> None:
    assert (await client.post("/", content=b"x" * 1000)).text == "1000"
    assert (await client.post("/", content=pieces(10))).text == "1000"


async def test_a_large_claim_is_refused_unread(client: httpx.AsyncClient) -> None:
    answer = await client.post("/", content=b"x" * 1001)
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")


async def test_a_body_that_claims_nothing_is_counted(client: httpx.AsyncClient) -> None:
    assert (await client.post("/", content=pieces(11))).status_code == 413


async def test_a_claim_that_is_no_number_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/", content=b"x", headers={"content-length": "many"})
    assert answer.status_code == 413


async def test_some_paths_take_more(client: httpx.AsyncClient) -> None:
    assert (await client.post("/large/x", content=pieces(50))).text == "5000"
    assert (await client.post("/large/x", content=pieces(51))).status_code == 413
