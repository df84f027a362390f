"""Who may read `/metrics`: programs here, and keys that may look."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Route

from studio.api.v1.metrics import create_metrics
from studio.domain.keys import Scope
from studio.domain.projects import Project
from studio.domain.values import now
from studio.server.guard import LocalGuard
from studio.server.sessions import LaunchKeys, Sessions
from studio.services.keys import ApiKeyService
from studio.store.database import Database
from studio.store.keys import ApiKeyStore

HERE, ELSEWHERE = "127.0.0.1", "192.0.2.7"


class Studio:
    """Metrics behind the guard."""

    def __init__(self, folder: Path) -> None:
        project = Project(id="prj", name="Client", created_at=now())
        self.database = Database(None)
        self.keys = ApiKeyService(ApiKeyStore(self.database), lambda id: project)
        self.asked: list[str | None] = []
        services: Any = SimpleNamespace(keys=self.keys, metrics=SimpleNamespace(text=self.text))
        host = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        host.router.routes.append(Route("/metrics", endpoint=create_metrics(services)))
        sessions = Sessions(folder / "sessions.json")
        self.app = LocalGuard(
            host, sessions=sessions, keys=LaunchKeys(), cookie="c", any_address=True
        )

    def text(self, project_id: str | None) -> str:
        self.asked.append(project_id)
        return "studio_up 1\n"

    def key(self, scope: Scope) -> dict[str, str]:
        made = self.keys.create("scraper", "prj", [scope]).key
        return {"authorization": f"Bearer {made}"}

    async def ask(
        self, address: str, path: str = "/metrics", method: str = "GET", **headers: str
    ) -> httpx.Response:
        carrier = httpx.ASGITransport(self.app, client=(address, 1))
        async with httpx.AsyncClient(transport=carrier, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, headers=headers)


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


async def test_a_program_here_needs_no_key_unless_one_is_asked_for(studio: Studio) -> None:
    answer = await studio.ask(HERE)
    assert (answer.status_code, answer.text) == (200, "studio_up 1\n")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert studio.asked == [None]
    studio.keys.ask_here(True)
    assert (await studio.ask(HERE)).status_code == 401


async def test_elsewhere_only_a_key_that_may_look(studio: Studio) -> None:
    assert (await studio.ask(ELSEWHERE)).status_code == 401
    assert (await studio.ask(ELSEWHERE, **studio.key(Scope.CHAT))).status_code == 403
    assert studio.asked == []
    assert (await studio.ask(ELSEWHERE, **studio.key(Scope.READ))).status_code == 200
    assert studio.asked == ["prj"]


async def test_a_page_of_another_website_is_refused(studio: Studio) -> None:
    answer = await studio.ask(HERE, **{"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


async def test_a_proxy_does_not_make_strangers_local(studio: Studio) -> None:
    assert (await studio.ask(HERE, **{"x-forwarded-for": "192.0.2.9"})).status_code == 401


@pytest.mark.parametrize("path", ["/metrics/", "/metricsx", "/metrics/x"])
async def test_nothing_beside_it_is_open(studio: Studio, path: str) -> None:
    assert (await studio.ask(HERE, path)).status_code == 403


async def test_it_can_only_be_read(studio: Studio) -> None:
    assert (await studio.ask(HERE, method="POST")).status_code == 405
    head = await studio.ask(HERE, method="HEAD")
    assert (head.status_code, head.text) == (200, "")
