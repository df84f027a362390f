"""Carrier: brings a client's requests to an ASGI app in this process, without a socket."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2


class AppCarrier(httpx2.BaseTransport):
    """Implements httpx2's transport for the synchronous client."""

    def __init__(self, app: Any) -> None:
        self._inside = httpx2.ASGITransport(app=app)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return asyncio.run(self._answered(request))

    async def _answered(self, request: httpx2.Request) -> httpx2.Response:
        body = request.read()
        headers = request.headers
        again = httpx2.Request(request.method, request.url, headers=headers, content=body)
        answer = await self._inside.handle_async_request(again)
        return httpx2.Response(
            answer.status_code, headers=answer.headers, content=await answer.aread()
        )
