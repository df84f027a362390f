"""The studio's own wire: POST /{service}/{method} with JSON arguments, for the command line."""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from typing import Any

import pydantic_core
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool

from studio.api import errors
from studio.api.auth import BearerOnly
from studio.api.methods import METHODS
from studio.api.shapes import STOP, Shape
from studio.domain.errors import InvalidInput, StudioError, disk_full

logger = logging.getLogger(__name__)

LOOK = 0.5
"""Seconds between two looks whether the caller is still there."""
LARGEST_BODY = 4_000_000
"""Bytes of one call's arguments; files travel by path, so this is plenty."""


def create_api(
    services: object, token: str, *, methods: Mapping[str, tuple[str, ...]] = METHODS
) -> FastAPI:
    """Returns the application to mount at `/api`; only listed methods exist, all need the token."""
    api = FastAPI(title="Ladder Studio", docs_url=None, redoc_url=None, openapi_url=None)
    api.add_middleware(BearerOnly, token=token)
    for service, names in methods.items():
        for name in names:
            method = getattr(getattr(services, service), name)
            api.add_api_route(
                f"/{service}/{name}", _route(method), methods=["POST"], response_model=None
            )
    return api


def _route(method: Callable[..., Any]) -> Callable[[Request], Any]:
    shape = Shape(method)

    async def answer(request: Request) -> Response:
        try:
            arguments = shape.read(_parsed(await _body(request)))
            if shape.in_lines:
                left = threading.Event()
                produce = _items if shape.streams else _with_progress
                lines = _closing(produce(shape, method, arguments, left), request, left)
                return StreamingResponse(lines, media_type="application/x-ndjson")
            result = await run_in_threadpool(method, **arguments)
            return Response(shape.result.dump_json(result), media_type="application/json")
        except Exception as error:  # noqa: BLE001 - the one API handler: log, then answer
            shown = _shown(error)
            return JSONResponse(errors.body(shown), errors.STATUS[type(shown)])

    return answer


async def _body(request: Request) -> bytes:
    """Reads the body, counting as it arrives, because Content-Length is only a claim."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise InvalidInput(f"The arguments exceed {LARGEST_BODY:,} bytes.")
    return bytes(body)


def _parsed(body: bytes) -> object:
    try:
        return pydantic_core.from_json(body or b"{}", allow_inf_nan=False)
    except ValueError as error:
        raise InvalidInput("The arguments are not valid JSON.") from error


async def _closing(
    lines: Generator[str], request: Request, left: threading.Event
) -> AsyncIterator[str]:
    """Yields the lines, each made off the event loop; ends their making when the caller leaves."""
    try:
        async for line in iterate_in_threadpool(lines):
            if line:
                yield line
            elif await request.is_disconnected():
                return
    finally:
        left.set()
        # The request may be cancelled already, and a cancelled task may not await.
        threading.Thread(target=lines.close, name="api-close", daemon=True).start()


def _items(
    shape: Shape, method: Callable[..., Any], arguments: dict[str, Any], left: threading.Event
) -> Generator[str]:
    """Yields `{"item": …}` for each thing the method yields, then `{"end": true}`."""
    if shape.stoppable:
        arguments[STOP] = left.is_set
    produced = method(**arguments)
    try:
        for item in produced:
            yield _line({"item": shape.result.dump_python(item, mode="json")})
        yield _line({"end": True})
    except Exception as error:  # noqa: BLE001 - the answer has begun: the last line carries it
        yield _line(errors.body(_shown(error)))
    finally:
        if hasattr(produced, "close"):
            produced.close()


def _with_progress(
    shape: Shape, method: Callable[..., Any], arguments: dict[str, Any], left: threading.Event
) -> Generator[str]:
    """Yields `{"progress": [name, arguments]}` as the method calls back, then `{"result": …}`.

    When the caller leaves, work that can be stopped cleanly is; any other goes on to its end, so
    that nothing is left half done. Empty lines are moments to look whether the caller is there.
    """
    if shape.stoppable:
        arguments[STOP] = left.is_set
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def report(name: str) -> Callable[..., None]:
        return lambda *values: lines.put(_line({"progress": [name, values]}))

    def work() -> None:
        try:
            result = method(**arguments, **{name: report(name) for name in shape.callbacks})
            lines.put(_line({"result": shape.result.dump_python(result, mode="json")}))
        except Exception as error:  # noqa: BLE001 - the last line carries it
            lines.put(_line(errors.body(_shown(error))))
        finally:
            lines.put(None)

    threading.Thread(target=work, name=f"api-{shape.name}", daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=LOOK)
        except queue.Empty:
            line = ""
        if line is None:
            return
        yield line


def _shown(error: Exception) -> StudioError:
    """Returns what the caller may know; anything unforeseen is logged and stays here."""
    if isinstance(error, StudioError):
        return error
    if full := disk_full(error):
        return full
    logger.exception("An API call failed.", exc_info=error)
    return StudioError(
        f"The studio ran into an unforeseen {type(error).__name__}.",
        hint="The studio's log has the details.",
    )


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
