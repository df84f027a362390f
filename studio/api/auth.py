"""BearerOnly: nothing behind it is reached without the token of this launch."""

from __future__ import annotations

import hmac
import json

from starlette.types import ASGIApp, Receive, Scope, Send

REFUSAL = json.dumps(
    {
        "error": {
            "type": "StudioError",
            "message": "This address needs the studio's own token.",
            "hint": "Use the studio command on the machine that runs the studio.",
        }
    }
).encode()


class BearerOnly:
    """Answers 401 to every request whose `Authorization: Bearer` is not the token."""

    def __init__(self, app: ASGIApp, *, token: str) -> None:
        if len(token) < 16:
            raise ValueError("The API token has fewer than 16 characters.")
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on when the token is right."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"authorization", b"")
        if scope["type"] == "http" and hmac.compare_digest(given, self._expected):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": REFUSAL})
        else:
            await send({"type": "websocket.close", "code": 1008})
