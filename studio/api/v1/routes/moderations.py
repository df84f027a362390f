"""Routes of `/v1/moderations`: texts looked over by an endpoint that was configured for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from studio.api.v1 import streaming
from studio.api.v1.body import body_of

if TYPE_CHECKING:
    from studio.services.container import Services


def router(services: Services) -> APIRouter:
    """Returns the routes."""
    routes = APIRouter(prefix="/moderations")

    @routes.post("", response_model=None)
    async def create(request: Request) -> Response:
        body = await body_of(request)
        return JSONResponse(await streaming.off_loop(lambda: services.moderation.moderate(body)))

    return routes
