"""Answering: a request for answers carried out, whole or as a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from studio.api.v1 import streaming
from studio.api.v1.body import body_of

if TYPE_CHECKING:
    from studio.services.completions import CompletionService


async def answered(service: CompletionService, kind: str, request: Request) -> Response:
    """Returns the answer to a request of that kind, `chat` or `text`."""
    asked = service.read(kind, await body_of(request))
    project_id = request.state.caller.project_id
    ready = await streaming.off_loop(lambda: service.prepare(asked, project_id))
    if asked.stream:
        return await streaming.events(request, service.stream(ready))
    told = await streaming.watched(
        request, lambda cancelled: service.answer(ready, cancelled=cancelled)
    )
    return JSONResponse(told)
