"""Wire: the official client in front of `/v1` in this process, without a socket."""

from __future__ import annotations

from typing import Any

import httpx2
from openai import AsyncOpenAI

from studio.api.v1.app import create_v1
from tests.api.spec import Watched
from tests.fakes.keys import OpenDoor

BASE = "http://127.0.0.1/v1"


class Mounted:
    """`/v1` under its prefix, as the server mounts it."""

    def __init__(self, services: Any) -> None:
        if not hasattr(services, "keys"):
            services.keys = OpenDoor()
        self.bare = create_v1(services)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.bare({**scope, "root_path": "/v1"}, receive, send)


def transport(services: Any) -> httpx2.AsyncBaseTransport:
    """Returns what carries requests to the application; every answer must be as specified."""
    return Watched(httpx2.ASGITransport(Mounted(services), client=("127.0.0.1", 1)))


def client(services: Any, **options: Any) -> AsyncOpenAI:
    """Returns the official client; it does not try again unless told to."""
    return AsyncOpenAI(
        base_url=BASE,
        http_client=httpx2.AsyncClient(transport=transport(services)),
        **{"api_key": "none", "max_retries": 0, **options},
    )


def plain(services: Any) -> httpx2.AsyncClient:
    """Returns a client without manners, for requests that the official one would not send."""
    return httpx2.AsyncClient(transport=transport(services), base_url=BASE)
