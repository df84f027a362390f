"""Who gets in at `/v1`: programs here, programs with a key, and no web page from elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from fastapi import FastAPI
from openai import AsyncOpenAI

from studio.api.v1.auth import NEEDS, needed
from studio.domain.keys import Scope
from studio.domain.values import now
from studio.server.guard import LocalGuard
from studio.server.sessions import LaunchKeys, Sessions
from studio.services.keys import ApiKeyService
from studio.services.throttle import TRIES
from studio.store.keys import ApiKeyStore
from tests.api.spec import Watched
from tests.api.trim_spec import SERVED
from tests.api.wire import Mounted
from tests.api.wire_desk import WireDesk, rows

HERE, ELSEWHERE = "127.0.0.1", "192.0.2.7"
FILE = ("rows.jsonl", rows())


class Gate:
    """The studio's `/v1` behind the guard, and who may come from where."""

    def __init__(self, folder: Path) -> None:
        self.desk: Any = WireDesk(folder)
        store = ApiKeyStore(self.desk.database)
        self.keys = self.desk.keys = ApiKeyService(store, self.desk.projects.get)
        self.project = self.desk.projects.create(name="Client").id
        self._app = Mounted(self.desk)

    def key(self, *scopes: Scope) -> str:
        return self.keys.create("test", self.project, scopes or (Scope.ALL,)).key

    def guarded(self) -> LocalGuard:
        host = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        host.mount("/v1", self._app.bare)
        sessions = Sessions(self.desk.folder / "sessions.json")
        return LocalGuard(host, sessions=sessions, keys=LaunchKeys(), cookie="c")

    @asynccontextmanager
    async def client(self, key: str = "none", address: str = HERE) -> AsyncIterator[AsyncOpenAI]:
        carrier = Watched(httpx2.ASGITransport(self._app, client=(address, 1)))
        made = AsyncOpenAI(
            base_url="http://127.0.0.1/v1",
            api_key=key,
            max_retries=0,
            http_client=httpx2.AsyncClient(transport=carrier),
        )
        async with made:
            yield made


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


async def listed(gate: Gate, key: str = "none", address: str = HERE) -> list[Any]:
    async with gate.client(key, address) as client:
        return (await client.files.list()).data


async def test_a_program_here_needs_no_key_until_that_is_wanted(gate: Gate) -> None:
    assert await listed(gate) == []
    assert await listed(gate, "sk-anything") == []
    gate.keys.ask_here(True)
    for wrong in ("none", "sk-anything", "ls-" + "a" * 40):
        with pytest.raises(openai.AuthenticationError) as refused:
            await listed(gate, wrong)
        assert refused.value.code == "invalid_api_key"
        assert refused.value.response.headers["www-authenticate"] == "Bearer"
    assert await listed(gate, gate.key()) == []


async def test_a_program_elsewhere_needs_a_key_always(gate: Gate) -> None:
    with pytest.raises(openai.AuthenticationError):
        await listed(gate, address=ELSEWHERE)
    assert await listed(gate, gate.key(), ELSEWHERE) == []


async def test_who_comes_through_a_proxy_is_not_here(gate: Gate) -> None:
    async with gate.client() as client:
        for header in ("x-forwarded-for", "forwarded", "via"):
            with pytest.raises(openai.AuthenticationError):
                await client.files.list(extra_headers={header: "for=127.0.0.1"})


async def test_a_key_of_ours_that_has_ended_is_refused_here_too(gate: Gate) -> None:
    made = gate.keys.create("old", gate.project)
    gate.keys.revoke(made.about.id)
    with pytest.raises(openai.AuthenticationError, match="revoked"):
        await listed(gate, made.key)
    gate.keys.restore(made.about.id)
    assert await listed(gate, made.key) == []
    short = gate.keys.create("short", gate.project, expires_at=now() + timedelta(milliseconds=1))
    with pytest.raises(openai.AuthenticationError, match="expired"):
        while True:  # until it has
            await listed(gate, short.key)


async def test_what_a_key_makes_lies_in_its_project(gate: Gate) -> None:
    other = gate.desk.projects.create(name="Another").id
    theirs = gate.keys.create("theirs", other).key
    async with gate.client(gate.key()) as client:
        file = await client.files.create(file=FILE, purpose="fine-tune")
    assert gate.desk.wire_files.get(file.id.replace("file-", "file_"), gate.project)
    assert [one.id for one in await listed(gate, gate.key())] == [file.id]
    assert await listed(gate, theirs) == []
    async with gate.client(theirs) as client:
        with pytest.raises(openai.NotFoundError):
            await client.files.delete(file.id)


async def test_a_key_is_good_for_what_it_was_made_for(gate: Gate) -> None:
    async with gate.client(gate.key(Scope.READ)) as client:
        await client.files.list()
        await client.fine_tuning.jobs.list()
        with pytest.raises(openai.PermissionDeniedError, match="`train` or `chat` or `all`"):
            await client.files.create(file=FILE, purpose="fine-tune")
        with pytest.raises(openai.PermissionDeniedError) as refused:
            await client.chat.completions.create(model="m", messages=[])
        assert refused.value.code == "missing_scope"
    async with gate.client(gate.key(Scope.FEEDBACK)) as client:
        with pytest.raises(openai.PermissionDeniedError):
            await client.files.list()


def test_every_operation_needs_some_scope_and_no_more_than_reading_to_read() -> None:
    for path, methods in SERVED.items():
        for method in methods:
            scopes = needed(method.upper(), path)
            assert scopes, f"{method} {path}"
            assert (Scope.READ in scopes) == (method == "get"), f"{method} {path}"
    assert needed("POST", "/chat/completions/{id}/feedback") == (Scope.FEEDBACK,)
    assert needed("POST", "/filesystem") == needed("GET", "/nowhere") == ()
    assert {need.begins.strip("/") for need in NEEDS} >= {path.split("/")[1] for path in SERVED}


async def test_guessing_is_slowed_down_for_one_address(gate: Gate) -> None:
    key = gate.key()
    for n in range(TRIES):
        with pytest.raises(openai.AuthenticationError):
            await listed(gate, f"ls-{n}", ELSEWHERE)
    with pytest.raises(openai.RateLimitError) as refused:
        await listed(gate, key, ELSEWHERE)
    assert refused.value.response.headers["retry-after"] == "60"
    assert await listed(gate, key, "192.0.2.8") == []
    assert await listed(gate) == []


async def test_a_wrong_key_is_never_repeated(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(openai.AuthenticationError) as refused:
        await listed(gate, "ls-not-quite-a-secret", ELSEWHERE)
    assert "not-quite" not in str(refused.value) + caplog.text


@pytest.fixture
async def page(gate: Gate) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser on this machine that shows somebody else's page."""
    carrier = Watched(httpx2.ASGITransport(gate.guarded(), client=(HERE, 1)))
    async with httpx2.AsyncClient(transport=carrier, base_url="http://127.0.0.1:8080") as made:
        assert (await made.get("/v1/files")).status_code == 200
        yield made


JOB = '{"model": "base_1", "training_file": "file-1"}'
FORM = {"content-type": "text/plain"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:3000"}, 403),
        ({"origin": "http://127.0.0.1:8081"}, 403),
        ({"host": "evil.example:8080"}, 400),
        ({"host": "evil.example:8080", "origin": "http://evil.example:8080"}, 400),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
async def test_another_page_reaches_nothing(
    page: httpx2.AsyncClient, headers: dict[str, str], status: int
) -> None:
    for answer in (
        await page.get("/v1/files", headers=headers),
        await page.post("/v1/fine_tuning/jobs", headers={**headers, **FORM}, content=JOB),
        await page.delete("/v1/files/file-1", headers=headers),
        await page.options("/v1/fine_tuning/jobs", headers=headers),
    ):
        assert answer.status_code == status and answer.json()["error"]["message"]
        assert not any(name.startswith("access-control") for name in answer.headers)


async def test_a_form_without_an_origin_starts_nothing(
    gate: Gate, page: httpx2.AsyncClient
) -> None:
    made = await page.post("/v1/files", files={"file": FILE}, data={"purpose": "fine-tune"})
    job = JOB.replace("file-1", made.json()["id"])
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = await page.post(
            "/v1/fine_tuning/jobs", headers={"content-type": kind}, content=job
        )
        assert answer.status_code == 400
    assert (await page.get("/v1/fine_tuning/jobs")).json()["data"] == []
