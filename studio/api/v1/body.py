"""Body: the JSON of a request, read whole and not yet understood."""

from __future__ import annotations

from typing import Any

import pydantic_core
from fastapi import Request

from studio.api.v1.errors import invalid


async def body_of(request: Request) -> Any:
    """Returns what the body says.

    Raises:
        ApiError: when it is not JSON, or is not called so.
    """
    # A form on a foreign page can send any text, but not under this name.
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind != "application/json":
        raise invalid("Send the body as JSON, with the header Content-Type: application/json.")
    try:
        return pydantic_core.from_json(await request.body(), allow_inf_nan=False)
    except ValueError as error:
        raise invalid("The body of the request is not valid JSON.") from error
