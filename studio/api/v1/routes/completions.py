"""Routes of `/v1/completions`: a text gone on with, whole or piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from studio.api.v1.answering import answered

if TYPE_CHECKING:
    from studio.services.container import Services


def router(services: Services) -> APIRouter:
    """Returns the routes."""
    routes = APIRouter(prefix="/completions")

    @routes.post("", response_model=None)
    async def create(request: Request) -> Response:
        return await answered(services.completions, "text", request)

    return routes
