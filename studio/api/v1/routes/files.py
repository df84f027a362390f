"""Routes of `/v1/files`: create, list, retrieve, content, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from studio.api.v1 import ids, multipart
from studio.api.v1.errors import invalid
from studio.api.v1.paging import page
from studio.api.v1.project import Project
from studio.api.v1.shapes.files import (
    FileDeleted,
    FileList,
    FileObject,
    FormFields,
    file_object,
)

if TYPE_CHECKING:
    from studio.services.container import Services


def router(services: Services) -> APIRouter:
    """Returns the routes."""
    routes = APIRouter(prefix="/files")

    @routes.post("")
    async def create(request: Request, project_id: Project) -> FileObject:
        with await run_in_threadpool(services.wire_files.incoming) as incoming:
            form = await multipart.receive(request, "file", incoming)
            asked = _fields(form.fields)
            kept = await run_in_threadpool(
                services.wire_files.create,
                incoming,
                project_id=project_id,
                filename=form.filename,
                purpose=asked.purpose,
                keep_seconds=asked.expires_after.seconds if asked.expires_after else None,
            )
        return file_object(kept)

    @routes.get("")
    def listed(
        project_id: Project,
        purpose: str | None = None,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 10_000,
        order: Literal["asc", "desc"] = "desc",
        after: str | None = None,
    ) -> FileList:
        files = services.wire_files.all(project_id)
        found = [file_object(one) for one in files if purpose in (None, one.purpose)]
        if order == "asc":
            found.reverse()
        data, more = page(found, after=after, limit=limit, id_of=lambda one: one.id)
        return FileList(
            data=data,
            first_id=data[0].id if data else None,
            last_id=data[-1].id if data else None,
            has_more=more,
        )

    @routes.get("/{file_id}")
    def retrieve(file_id: str, project_id: Project) -> FileObject:
        return file_object(services.wire_files.get(ids.ours(file_id, "file"), project_id))

    @routes.get("/{file_id}/content")
    def content(file_id: str, project_id: Project) -> FileResponse:
        file, path = services.wire_files.content(ids.ours(file_id, "file"), project_id)
        kind = "application/octet-stream"
        return FileResponse(path, media_type=kind, filename=file.filename)

    @routes.delete("/{file_id}")
    def delete(file_id: str, project_id: Project) -> FileDeleted:
        services.wire_files.delete(ids.ours(file_id, "file"), project_id)
        return FileDeleted(id=file_id)

    return routes


def _fields(given: dict[str, str]) -> FormFields:
    """Reads the form's fields, `expires_after[seconds]` among them."""
    shaped: dict[str, Any] = {}
    for name, text in given.items():
        outer, bracket, rest = name.partition("[")
        if outer not in FormFields.model_fields or (bracket and outer != "expires_after"):
            raise invalid(f"Unknown parameter: '{name[:80]}'.", name[:80], "unknown_parameter")
        if bracket:
            shaped.setdefault(outer, {})[rest.removesuffix("]")] = text
        else:
            shaped[outer] = text
    try:
        return FormFields.model_validate(shaped)
    except ValidationError as error:
        told = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(told) from error
