"""Routes of `/v1/uploads`: large files in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from studio.api.v1 import ids, multipart
from studio.api.v1.errors import invalid
from studio.api.v1.project import Project
from studio.api.v1.shapes.files import (
    CompletionAsked,
    PartObject,
    UploadAsked,
    UploadObject,
    part_object,
    upload_object,
)

if TYPE_CHECKING:
    from studio.services.container import Services


def router(services: Services) -> APIRouter:
    """Returns the routes."""
    routes = APIRouter(prefix="/uploads")

    @routes.post("")
    def create(asked: UploadAsked, project_id: Project) -> UploadObject:
        upload = services.wire_uploads.create(
            project_id=project_id,
            filename=asked.filename,
            purpose=asked.purpose,
            size=asked.bytes,
            mime_type=asked.mime_type,
            keep_seconds=asked.expires_after.seconds if asked.expires_after else None,
        )
        return upload_object(upload)

    @routes.post("/{upload_id}/parts")
    async def part(upload_id: str, request: Request, project_id: Project) -> PartObject:
        id = ids.ours(upload_id, "upload")
        incoming = await run_in_threadpool(services.wire_uploads.incoming, id, project_id)
        with incoming:
            form = await multipart.receive(request, "data", incoming)
            if form.fields:
                name = next(iter(form.fields))[:80]
                raise invalid(f"Unknown parameter: '{name}'.", name, "unknown_parameter")
            kept = await run_in_threadpool(services.wire_uploads.add_part, id, project_id, incoming)
        return part_object(kept)

    @routes.post("/{upload_id}/complete")
    def complete(upload_id: str, asked: CompletionAsked, project_id: Project) -> UploadObject:
        parts = [ids.ours(part_id, "part") for part_id in asked.part_ids]
        id = ids.ours(upload_id, "upload")
        return upload_object(*services.wire_uploads.complete(id, project_id, parts, asked.md5))

    @routes.post("/{upload_id}/cancel")
    def cancel(upload_id: str, project_id: Project) -> UploadObject:
        return upload_object(
            services.wire_uploads.cancel(ids.ours(upload_id, "upload"), project_id)
        )

    return routes
