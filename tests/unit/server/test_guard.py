"""The guard lets in who may come in, and nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from studio.server.guard import LOOPBACK, LocalGuard
from studio.server.login import Login
from studio.server.sessions import LaunchKeys, Sessions
from studio.services.throttle import Throttle

HERE = "http://127.0.0.1:8080"


def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"hello {request.url.path}")


INNER = Starlette(
    routes=[Route("/{rest:path}", hello, methods=["GET", "POST", "DELETE", "PATCH", "PUT"])]
)


@pytest.fixture
def keys() -> LaunchKeys:
    return LaunchKeys()


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions(tmp_path / "sessions.json")


@pytest.fixture
async def client(keys: LaunchKeys, sessions: Sessions) -> AsyncIterator[httpx.AsyncClient]:
    guard = LocalGuard(INNER, sessions=sessions, keys=keys, cookie="ladder_8080")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url=HERE) as made:
        yield made


async def test_nobody_comes_in_without_the_link(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert answer.status_code == 403
    assert "link" in answer.text


async def test_the_link_signs_in_and_leaves_the_key_behind(
    client: httpx.AsyncClient, keys: LaunchKeys
) -> None:
    answer = await client.get("/jobs", params={"key": keys.mint(once=True)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("ladder_8080=", "HttpOnly", "SameSite=Strict"))
    assert (await client.get("/jobs")).text == "hello /jobs"


async def test_a_link_for_the_browser_works_once(
    client: httpx.AsyncClient, keys: LaunchKeys
) -> None:
    key = keys.mint(once=True)
    assert (await client.get("/", params={"key": key})).status_code == 303
    client.cookies.clear()
    assert (await client.get("/", params={"key": key})).status_code == 403


async def test_the_key_is_not_what_the_cookie_holds(
    client: httpx.AsyncClient, keys: LaunchKeys
) -> None:
    key = keys.mint(once=False)
    await client.get("/", params={"key": key})
    assert client.cookies["ladder_8080"] != key
    client.cookies.clear()
    assert (await client.get("/", headers={"cookie": f"ladder_8080={key}"})).status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", ""]
)
async def test_a_foreign_host_name_is_refused(
    client: httpx.AsyncClient, keys: LaunchKeys, host: str
) -> None:
    answer = await client.get("/", params={"key": keys.mint(once=False)}, headers={"host": host})
    assert answer.status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:9", "LOCALHOST", "[::1]:8080"])
async def test_this_machines_own_names_are_known(client: httpx.AsyncClient, host: str) -> None:
    assert (
        await client.get("/", headers={"host": host})
    ).status_code == 403  # known, not signed in


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999"])
async def test_a_foreign_page_is_refused_whatever_it_does(
    client: httpx.AsyncClient, keys: LaunchKeys, method: str, origin: str
) -> None:
    await client.get("/", params={"key": keys.mint(once=False)})
    answer = await client.request(method, "/", headers={"origin": origin})
    assert answer.status_code == 403


async def test_our_own_page_may_do_what_it_wants(
    client: httpx.AsyncClient, keys: LaunchKeys
) -> None:
    await client.get("/", params={"key": keys.mint(once=False)})
    answer = await client.delete("/jobs", headers={"origin": HERE})
    assert answer.status_code == 200


async def test_programs_come_without_a_cookie_but_not_from_a_foreign_page(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.post("/api/projects/all")).status_code == 200
    assert (await client.get("/v1/models")).status_code == 200
    answer = await client.post("/api/projects/all", headers={"origin": "http://evil.example"})
    assert answer.status_code == 403
    assert (await client.get("/apish")).status_code == 403


async def test_feedback_pages_need_no_session_and_keep_every_other_check(
    client: httpx.AsyncClient,
) -> None:
    shown = await client.get("/f/secret")
    assert (shown.status_code, shown.text) == (200, "hello /f/secret")
    assert "unsafe" not in shown.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in shown.headers["content-security-policy"]
    assert shown.headers["x-content-type-options"] == "nosniff"
    foreign = await client.post("/f/secret/say", headers={"origin": "http://evil.example"})
    assert foreign.status_code == 403
    assert (await client.get("/f/secret", headers={"host": "evil.example"})).status_code == 400
    for path in ("/f", "/files", "/F/secret"):
        assert (path, (await client.get(path)).status_code) == (path, 403)


async def test_every_answer_carries_the_headers(
    client: httpx.AsyncClient, keys: LaunchKeys
) -> None:
    await client.get("/", params={"key": keys.mint(once=False)})
    headers = (await client.get("/")).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    "head",
    [
        [(b"host", b"127.0.0.1:8080")],
        [(b"host", b"127.0.0.1:8080"), (b"origin", b"http://evil.example")],
        [(b"host", b"evil.example")],
    ],
    ids=["no cookie", "foreign origin", "foreign host"],
)
async def test_a_websocket_is_closed_before_it_opens(
    keys: LaunchKeys, sessions: Sessions, head: list[tuple[bytes, bytes]]
) -> None:
    sent: list[Any] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        pytest.fail("the websocket reached the studio")

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    guard = LocalGuard(inner, sessions=sessions, keys=keys, cookie="ladder_8080")
    scope = {"type": "websocket", "path": "/socket.io/", "query_string": b"", "headers": head}
    await guard(scope, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]


async def test_an_address_is_a_fine_name_only_where_others_may_come(
    keys: LaunchKeys, sessions: Sessions
) -> None:
    login = Login(
        password="a long password", sessions=sessions, cookie="c", throttle=Throttle(lambda: 0.0)
    )
    guard = LocalGuard(
        INNER,
        sessions=sessions,
        keys=keys,
        cookie="c",
        hosts=LOOPBACK | {"studio.lan"},
        any_address=True,
        login=login,
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url=HERE) as client:
        for host, status in (("192.168.1.7:80", 303), ("studio.lan", 303), ("evil.example", 400)):
            answer = await client.get("/", headers={"host": host, "accept": "text/html"})
            assert (host, answer.status_code) == (host, status)


@pytest.mark.parametrize("path", ["/v1/%0A", "/v1/files/%0d%0a", "/api/%00", "/%0A", "/jobs%1F"])
async def test_an_address_with_control_characters_goes_no_further(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 400
    assert "hello" not in answer.text
