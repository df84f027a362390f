"""Answering: a request for answers carried out, whole or as a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from studio.api.v1 import streaming
from studio.api.v1.body import body_of

if TYPE_CHECKING:
    from studio.services.completion_requests import Ready
    from studio.services.completions import CompletionService

SESSION = "x-session-id"
"""Header that says which requests belong together; they are answered by the same revision."""
REVISION, MODEL = "x-ladder-revision", "x-ladder-model"
"""Headers of an answer that say what gave it; `model` stays the deployment's name."""


async def answered(service: CompletionService, kind: str, request: Request) -> Response:
    """Returns the answer to a request of that kind, `chat` or `text`."""
    asked = service.read(kind, await body_of(request))
    project_id = request.state.caller.project_id
    session = request.headers.get(SESSION, "")
    ready = await streaming.off_loop(lambda: service.prepare(asked, project_id, session=session))
    if asked.stream:
        streamed = await streaming.events(request, service.stream(ready))
        streamed.headers.update(_answered_by(ready))
        return streamed
    told = await streaming.watched(
        request, lambda cancelled: service.answer(ready, cancelled=cancelled)
    )
    return JSONResponse(told, headers=_answered_by(ready))


def _answered_by(ready: Ready) -> dict[str, str]:
    """Returns the headers that say what answers behind a deployment's name."""
    if ready.picked is None:
        return {}
    return {REVISION: ready.picked.revision.id, MODEL: quote(ready.model.handle.id, safe=":/@")}
