"""Routes of `/v1/moderations`: the studio moderates nothing, and says what to do instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from studio.api.v1.errors import missing

if TYPE_CHECKING:
    from studio.services.container import Services


def router(services: Services) -> APIRouter:
    """Returns the routes."""
    routes = APIRouter(prefix="/moderations")

    @routes.post("")
    def create() -> None:
        raise missing(
            "This studio has no model that moderates texts, and none can be configured. Send them "
            "to a provider that offers /v1/moderations, under a client of its own.",
            code="moderation_not_configured",
        )

    return routes
