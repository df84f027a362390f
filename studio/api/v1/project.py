"""Project: the project that a request works in, for the signature of a route."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from studio.api.v1.auth import project_of


async def _project(request: Request) -> str:
    return await project_of(request.state.services, request)


Project = Annotated[str, Depends(_project)]
"""Put it on a parameter: FastAPI then passes the project's id."""
