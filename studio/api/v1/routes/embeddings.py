"""Routes of `/v1/embeddings`: vectors of texts, made by the embedding model of this machine."""

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
    routes = APIRouter(prefix="/embeddings")

    @routes.post("", response_model=None)
    async def create(request: Request) -> Response:
        body = await body_of(request)
        embed = services.completions.embed
        told = await streaming.watched(request, lambda left: embed(body, cancelled=left))
        return JSONResponse(told)

    return routes
