"""metrics: `/metrics` at the root, behind the same door as `/v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from studio.api.v1 import errors
from studio.api.v1.auth import READS, Door
from studio.services.metrics import CONTENT_TYPE

if TYPE_CHECKING:
    from studio.services.container import Services


def create_metrics(services: Services) -> ASGIApp:
    """Returns the application of that one path."""
    return MetricsDoor(services)


class MetricsDoor:
    """Tells the metrics to whoever may look: a key tells those of its project only."""

    def __init__(self, services: Services) -> None:
        self._services, self._door = services, Door(services)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        request = Request(scope, receive)
        response: Response
        try:
            caller = await self._door.admit(request)
            if request.method not in READS:
                raise errors.ApiError(405, f"{request.method} /metrics is not allowed.")
            text = await run_in_threadpool(self._services.metrics.text, caller.project_id)
            response = Response(text, media_type=CONTENT_TYPE)
        except Exception as error:  # noqa: BLE001 - the API handler: log, then answer
            response = errors.answer(error)
        response.headers["cache-control"] = "no-store"
        await response(scope, receive, send)
