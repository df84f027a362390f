"""Errors as the OpenAI wire carries them: nested under `error`, with all four keys."""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as RoutingError

from studio.domain import errors
from studio.domain.errors import StudioError, disk_full

logger = logging.getLogger(__name__)

INVALID = "invalid_request_error"
SERVER = "server_error"


class Told(NamedTuple):
    """How one kind of our errors is told."""

    status: int
    type: str = INVALID
    code: str | None = None


TOLD: dict[type[StudioError], Told] = {
    errors.StudioError: Told(500, SERVER),
    errors.InvalidInput: Told(400),
    errors.InvalidDataset: Told(400),
    errors.NotFound: Told(404, code="not_found"),
    errors.Conflict: Told(409, code="conflict"),
    errors.InvalidTransition: Told(409, code="conflict"),
    errors.DataFolderInUse: Told(409, code="conflict"),
    errors.BackendUnavailable: Told(503, SERVER, "backend_unavailable"),
    # Asking again would not make the machine larger.
    errors.DoesNotFit: Told(400, code="does_not_fit"),
    errors.ModelRefused: Told(400, code="model_refused"),
    errors.WorkerFailed: Told(500, SERVER, "worker_failed"),
    errors.StorageFailed: Told(507, SERVER, "storage_failed"),
}
"""Every kind of our error tree; a test holds it against the tree."""


class ApiError(HTTPException):
    """A refusal in the words of the wire."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = INVALID,
        param: str | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, headers)
        self.message, self.type, self.param, self.code = message, type, param, code


def invalid(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """Returns a 400 about one parameter."""
    return ApiError(400, message, param=param, code=code)


def missing(message: str, param: str | None = None, code: str = "not_found") -> ApiError:
    """Returns a 404."""
    return ApiError(404, message, param=param, code=code)


def body(message: str, type: str, param: str | None, code: str | None) -> dict[str, Any]:
    """Returns the JSON that carries an error."""
    return {"error": {"message": message, "type": type, "param": param, "code": code}}


def answer(error: Exception) -> JSONResponse:
    """Returns the answer to whatever went wrong; what nobody foresaw is logged and stays here."""
    if isinstance(error, RequestValidationError):
        error = _validated(error)
    if isinstance(error, ApiError):
        told = body(error.message, error.type, error.param, error.code)
        return JSONResponse(told, error.status_code, error.headers)
    if not isinstance(error, StudioError):
        full = disk_full(error)
        if full is None:
            logger.exception("A call of /v1 failed.", exc_info=error)
        error = full or StudioError(
            f"The studio ran into an unforeseen {type(error).__name__}.",
            hint="The studio's log has the details.",
        )
    status, kind, code = next(TOLD[one] for one in type(error).__mro__ if one in TOLD)
    return JSONResponse(body(str(error), kind, error.param, error.code or code), status)


def install(app: FastAPI) -> None:
    """Turns every refusal of the framework into the same shape."""

    @app.exception_handler(StudioError)
    async def ours(request: Request, error: StudioError) -> JSONResponse:
        return answer(error)

    @app.exception_handler(RoutingError)
    async def routing(request: Request, error: RoutingError) -> JSONResponse:
        return answer(error if isinstance(error, ApiError) else _routed(request, error))

    @app.exception_handler(RequestValidationError)
    async def validation(request: Request, error: RequestValidationError) -> JSONResponse:
        return answer(error)


def _routed(request: Request, error: RoutingError) -> ApiError:
    asked = f"{request.method} {request.url.path}"
    if error.status_code == 404:
        return missing(
            f"This studio does not offer {asked}. Its reference of the OpenAI wire lists what it "
            "offers.",
            code="unknown_url",
        )
    if error.status_code == 405:
        return ApiError(405, f"{asked} is not allowed: not with this method.", code="bad_method")
    return ApiError(error.status_code, str(error.detail))


def _validated(error: RequestValidationError) -> ApiError:
    first = error.errors()[0]
    place = [str(part) for part in first["loc"][1:]]
    if first["type"] == "json_invalid":
        return invalid("The body of the request is not valid JSON.")
    if not place and first["type"] == "value_error":
        return invalid(_sentence(first["msg"]))
    if not place:
        return invalid("The body of the request must be a JSON object, sent as application/json.")
    name = ".".join(place)
    if first["type"] == "extra_forbidden":
        return invalid(f"Unknown parameter: '{name}'.", name, "unknown_parameter")
    if first["type"] == "missing":
        return invalid(f"Missing required parameter: '{name}'.", name, "missing_required_parameter")
    return invalid(f"Invalid '{name}': {_sentence(first['msg'])}", name, "invalid_value")


def _sentence(said: str) -> str:
    said = said.removeprefix("Value error, ")
    return said if said.endswith(".") else f"{said}."
