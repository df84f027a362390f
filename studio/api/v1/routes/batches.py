"""Routes of `/v1/batches`: many requests in one file, begun, looked at and cancelled."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from studio.api.v1 import ids
from studio.api.v1.body import body_of
from studio.api.v1.paging import page
from studio.api.v1.project import Project
from studio.api.v1.shapes.batches import BatchList, BatchObject, batch_object

if TYPE_CHECKING:
    from studio.services.container import Services


def router(services: Services) -> APIRouter:
    """Returns the routes."""
    routes = APIRouter(prefix="/batches")

    @routes.post("")
    async def create(request: Request, project_id: Project) -> BatchObject:
        body = await body_of(request)
        made = await run_in_threadpool(
            services.wire_batches.create, body, project_id, partial(ids.ours, kind="file")
        )
        return batch_object(made)

    @routes.get("")
    def listed(
        project_id: Project,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        after: str | None = None,
    ) -> BatchList:
        found = [batch_object(batch) for batch in services.wire_batches.all(project_id)]
        data, more = page(found, after=after, limit=limit, id_of=lambda batch: batch.id)
        first, last = (data[0].id, data[-1].id) if data else (None, None)
        return BatchList(data=data, first_id=first, last_id=last, has_more=more)

    @routes.get("/{batch_id}")
    def retrieve(batch_id: str, project_id: Project) -> BatchObject:
        return batch_object(services.wire_batches.get(ids.ours(batch_id, "batch"), project_id))

    @routes.post("/{batch_id}/cancel")
    def cancel(batch_id: str, project_id: Project) -> BatchObject:
        return batch_object(services.wire_batches.cancel(ids.ours(batch_id, "batch"), project_id))

    return routes
