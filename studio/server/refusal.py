"""refuse: the short answer to a request that goes no further."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable

from starlette.types import Receive, Scope, Send

WIRE = "/v1/"
"""Clients of the OpenAI wire look for the sentence inside of JSON."""


async def refuse(
    scope: Scope,
    receive: Receive,
    send: Send,
    status: int,
    text: str,
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Answers with a status and a sentence; a websocket is closed before it opens."""
    if scope["type"] == "websocket":
        await receive()  # the protocol wants its connect message taken before it is closed
        await send({"type": "websocket.close", "code": 1008})
        return
    kind, body = b"text/plain; charset=utf-8", (text + "\n").encode()
    if scope["path"].startswith(WIRE):
        kind, body = b"application/json", _on_the_wire(text)
        headers = [*headers, (b"x-request-id", f"req_{secrets.token_hex(16)}".encode())]
    start = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})


def _on_the_wire(text: str) -> bytes:
    told = {"message": text, "type": "invalid_request_error", "param": None, "code": None}
    return json.dumps({"error": told}).encode()
