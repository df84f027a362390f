"""Straight: what programs call reaches its part without passing the framework of the pages."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class Straight:
    """Sends the requests below one path to an application of their own, all others on.

    The pages' framework looks at each request half a dozen times before it finds whose it is; a
    program that calls a thousand times a second would spend a third of its time there.
    """

    def __init__(self, app: ASGIApp, *, below: str, to: ASGIApp) -> None:
        """Wraps an application; `below` is a path without its last slash, such as `/v1`."""
        self.app = app  # NiceGUI follows this name from the server to its application
        self._below, self._begins, self._to = below, f"{below}/", to

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] == "lifespan" or not scope["path"].startswith(self._begins):
            await self.app(scope, receive, send)
            return
        root = scope.get("root_path", "") + self._below
        await self._to({**scope, "root_path": root}, receive, send)
