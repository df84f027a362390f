"""app: the OpenAI wire at `/v1`, put together from one router for each kind of thing."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.api.v1 import errors
from studio.api.v1.auth import Door
from studio.api.v1.routes import (
    batches,
    chat,
    completions,
    deployments,
    embeddings,
    feedback,
    files,
    fine_tuning,
    models,
    moderations,
    uploads,
)

if TYPE_CHECKING:
    from studio.services.container import Services

ROUTERS: tuple[Callable[[Services], APIRouter], ...] = (
    feedback.router,
    files.router,
    uploads.router,
    fine_tuning.router,
    models.router,
    chat.router,
    completions.router,
    embeddings.router,
    deployments.router,
    batches.router,
    moderations.router,
)
"""Each makes the routes of one kind of thing; services are looked up when a route is called. The
first is found soonest."""
LARGEST_BODY = 16_000_000
"""Bytes of a JSON body. Files stream and are counted by their own routes."""
STREAMED = re.compile(r"/files|/uploads/[^/]+/parts")
"""Paths whose bodies hold a file."""


def create_v1(services: Services) -> ASGIApp:
    """Returns the application to mount at `/v1`."""
    app = FastAPI(
        title="Ladder Studio",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    for router in ROUTERS:
        app.include_router(router(services))
    errors.install(app)
    return Front(app, services, {feedback.PATH: feedback.straight(services)})


class Front:
    """Knows who calls, counts what arrives, names every answer, and lets no error out bare."""

    def __init__(
        self,
        app: ASGIApp,
        services: Services,
        straight: Mapping[str, ASGIApp] = MappingProxyType({}),
    ) -> None:
        """`straight` answers what is posted to these paths; the framework costs more than they."""
        self._app, self._services, self._door = app, services, Door(services)
        self._straight = straight

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on once it is known who sent it."""
        if scope["type"] != "http":
            await self._decline(scope, receive, send)
            return
        started = False
        posted = scope["method"] == "POST"
        number = f"req_{secrets.token_hex(16)}"

        async def headed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = number
                headers["cache-control"] = "no-store"
                # The official client sends again after these; what it asked for may be done.
                if message["status"] == 409 or (posted and message["status"] >= 500):
                    headers["x-should-retry"] = "false"
            await send(message)

        try:
            request = Request(scope)
            request.state.services = self._services
            request.state.caller = await self._door.admit(request)
            straight = self._straight.get(_path(scope)) if posted else None
            await (straight or self._app)(scope, _counted(scope, receive), headed)
        except ClientDisconnect:
            return  # Nobody is there to be told.
        except Exception as error:  # noqa: BLE001 - the API handler: log, then answer
            if started:
                raise
            await errors.answer(error)(scope, receive, headed)

    @staticmethod
    async def _decline(scope: Scope, receive: Receive, send: Send) -> None:
        """Nothing here speaks over websockets."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})


def _counted(scope: Scope, receive: Receive) -> Receive:
    """Returns a `receive` that refuses a JSON body as soon as it is too large."""
    if STREAMED.fullmatch(_path(scope)):
        return receive
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > LARGEST_BODY:
            raise errors.ApiError(
                413, f"The body of the request exceeds {LARGEST_BODY:,} bytes.", code="too_large"
            )
        return message

    return counted


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
