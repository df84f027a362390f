"""Who calls `/v1`: without keys, only programs on this machine."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from studio.api.v1.errors import ApiError
from studio.domain.values import Value

if TYPE_CHECKING:
    from studio.services.container import Services


class Caller(Value):
    """Who sent a request."""

    project_id: str | None = None
    """Project of the key; None without a key."""


async def authenticated(services: Services, request: Request) -> Caller:
    """Returns who calls, before anything of the body is read.

    Raises:
        ApiError: 401 for a caller from another machine.
    """
    host = request.client.host if request.client else ""
    try:
        here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here:
        raise ApiError(
            401,
            "Programs on other machines need a key.",
            code="invalid_api_key",
            headers={"www-authenticate": "Bearer"},
        )
    return Caller()


async def project_of(services: Services, request: Request) -> str:
    """Returns the project that a request works in: its key's, else the default one."""
    caller: Caller = request.state.caller
    if caller.project_id is not None:
        return caller.project_id
    return (await run_in_threadpool(services.projects.default)).id
