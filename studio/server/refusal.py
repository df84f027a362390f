"""refuse: the short answer to a request that goes no further."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import Receive, Scope, Send


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
    body = (text + "\n").encode()
    start = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})
