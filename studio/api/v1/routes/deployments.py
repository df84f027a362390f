"""Routes of `/v1/deployments`: what answers behind each name, and how that is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from studio.api.v1.shapes.deployments import (
    DeploymentList,
    DeploymentObject,
    LedgerList,
    PromoteAsked,
    RollbackAsked,
    TrafficAsked,
    deployment_object,
    row_object,
)
from studio.domain.errors import NotFound

if TYPE_CHECKING:
    from studio.domain.deployments import Deployment
    from studio.services.container import Services

UNSAID = "Asked for over the API."
"""The reason of a change whose caller gave none."""


def router(services: Services) -> APIRouter:
    """Returns the routes."""
    routes = APIRouter(prefix="/deployments")

    def find(request: Request, name: str) -> Deployment:
        found = services.deployments.known(name)
        if found is None or request.state.caller.project_id not in (None, found.project_id):
            raise NotFound(
                f"The deployment {name[:100]!r} does not exist, or this key may not see it.",
                hint="GET /v1/deployments lists the deployments.",
            )
        return found

    def told(deployment: Deployment) -> DeploymentObject:
        revisions = services.deployments.revisions(deployment.id)
        return deployment_object(deployment, {one.id: one for one in revisions})

    @routes.get("")
    def listed(request: Request) -> DeploymentList:
        found = services.deployments.all(request.state.caller.project_id)
        return DeploymentList(data=[told(one) for one in found])

    @routes.get("/{name}")
    def retrieve(request: Request, name: str) -> DeploymentObject:
        return told(find(request, name))

    @routes.post("/{name}/promote")
    def promote(request: Request, name: str, asked: PromoteAsked) -> DeploymentObject:
        moved = services.deployments.promote(
            find(request, name).id,
            asked.revision,
            actor=request.state.caller.actor,
            reason=asked.reason.strip() or UNSAID,
        )
        return told(moved)

    @routes.post("/{name}/rollback")
    def rollback(request: Request, name: str, asked: RollbackAsked) -> DeploymentObject:
        moved = services.deployments.rollback(
            find(request, name).id,
            actor=request.state.caller.actor,
            reason=asked.reason.strip() or UNSAID,
        )
        return told(moved)

    @routes.post("/{name}/traffic")
    def traffic(request: Request, name: str, asked: TrafficAsked) -> DeploymentObject:
        moved = services.deployments.split(
            find(request, name).id,
            asked.share,
            actor=request.state.caller.actor,
            reason=asked.reason.strip() or UNSAID,
        )
        return told(moved)

    @routes.get("/{name}/ledger")
    def ledger(request: Request, name: str) -> LedgerList:
        deployment = find(request, name)
        return LedgerList(
            data=[row_object(row) for row in services.deployments.ledger(deployment.id)],
            first_broken=services.deployments.verify(deployment.id),
        )

    return routes
