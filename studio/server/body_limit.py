"""BodyLimit: counts what arrives and answers 413; what the sender claims is only a hint."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.server.refusal import refuse

DEFAULT = 1_000_000
TOO_MUCH = "This is more than the studio takes."


class _TooLarge(Exception):
    """Ends the reading of a body."""


class BodyLimit:
    """Guards an application against bodies over a limit, whatever it does with them."""

    def __init__(
        self, app: ASGIApp, *, default: int = DEFAULT, larger: Iterable[tuple[str, int]] = ()
    ) -> None:
        """Wraps an application; `larger` lists path prefixes with limits of their own, in bytes."""
        self.app = app  # NiceGUI follows this name from the server to its application
        self._default, self._larger = default, tuple(larger)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on as long as its body stays within the limit."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        over = not declared.isdigit() or int(declared) > limit
        seen, started = 0, False

        async def counted() -> Message:
            nonlocal seen, over
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                over = True
                raise _TooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            # A framework may turn the exception into an answer of its own; ours is the true one.
            if started or not over:
                started = True
                await send(message)

        try:
            if not over:
                await self.app(scope, counted, watched)
        except _TooLarge:
            pass
        if over and not started:
            close = [(b"connection", b"close")]
            await refuse(scope, receive, send, 413, TOO_MUCH, close)

    def _limit(self, path: str) -> int:
        found = (size for prefix, size in self._larger if path.startswith(prefix))
        return next(found, self._default)
