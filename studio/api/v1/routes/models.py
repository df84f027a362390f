"""Routes of `/v1/models`: what can be asked, one of them, and a tuned one deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from studio.api.v1.shapes.models import ModelDeleted, ModelList, ModelObject, model_object

if TYPE_CHECKING:
    from studio.services.container import Services


def router(services: Services) -> APIRouter:
    """Returns the routes; names of models hold `:` and `/`."""
    routes = APIRouter(prefix="/models")

    @routes.get("")
    def listed(request: Request) -> ModelList:
        found = services.wire_models.all(request.state.caller.project_id)
        return ModelList(data=[model_object(model) for model in found])

    @routes.get("/{model:path}")
    def retrieve(request: Request, model: str) -> ModelObject:
        found = services.wire_models.get(model, request.state.caller.project_id)
        return model_object(found)

    @routes.delete("/{model:path}")
    def delete(request: Request, model: str) -> ModelDeleted:
        gone = services.wire_models.remove(model, request.state.caller.project_id)
        return ModelDeleted(id=gone)

    return routes
