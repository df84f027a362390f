"""The password page signs in who knows the password, and slows down who guesses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from studio.server.login import Login
from studio.server.sessions import Sessions
from studio.services.throttle import SECONDS, TRIES, Throttle

RIGHT = "correct horse"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def client(tmp_path: Path, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    login = Login(
        password=RIGHT,
        sessions=Sessions(tmp_path / "sessions.json"),
        cookie="ladder_1",
        throttle=Throttle(clock, everybody=10 * TRIES),
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(login), base_url="http://studio.lan"
    ) as made:
        yield made


async def test_a_page_leads_to_the_login_and_a_program_is_refused(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/models", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/login")
    assert (await client.get("/ui-data/x")).status_code == 403


async def test_the_right_password_signs_in(client: httpx.AsyncClient) -> None:
    answer = await client.post("/login", data={"password": RIGHT})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert answer.headers["set-cookie"].startswith("ladder_1=")


async def test_a_wrong_password_is_told_and_no_cookie_is_given(client: httpx.AsyncClient) -> None:
    answer = await client.post("/login", data={"password": "wrong"})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "That is not the password." in answer.text


async def test_who_guesses_has_to_wait_even_with_the_right_one(
    client: httpx.AsyncClient, clock: Clock
) -> None:
    for _ in range(TRIES):
        await client.post("/login", data={"password": "wrong"})
    refused = await client.post("/login", data={"password": RIGHT})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    clock.now += SECONDS + 1
    assert (await client.post("/login", data={"password": RIGHT})).status_code == 303


async def test_an_endless_password_is_a_wrong_one(client: httpx.AsyncClient) -> None:
    answer = await client.post("/login", content=b"password=" + b"x" * 10_000)
    assert answer.status_code == 401
