"""LocalGuard: no request reaches the studio from a foreign page, host name or local user."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Iterable
from urllib.parse import parse_qs

from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.server.refusal import refuse
from studio.server.sessions import LaunchKeys, Sessions

log = logging.getLogger(__name__)

CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        # NiceGUI compiles templates in the browser: what protects here is escaping, not this line.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
PUBLIC_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
PUBLIC_HEADERS = ((b"content-security-policy", PUBLIC_POLICY.encode()), *HEADERS[1:])
PUBLIC = "/f/"
"""Feedback pages of deployments; who has the secret part of the address needs no session."""
BEARER_ONLY = ("/api/", "/v1/")
"""Programs come here with a token of their own instead of a cookie; the mounted part checks it."""
BEARER_PATHS = frozenset({"/metrics"})
"""The same, for these paths and nothing below them."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
UNKNOWN_HOST = "This address is not one of the studio's own names."
FOREIGN_PAGE = "Another website may not talk to the studio."
CONTROLS = "An address has no line breaks and no other control characters in it."
NO_SESSION = (
    "This studio is private. Open it with the link that it wrote to the terminal when it started."
)


class LocalGuard:
    """Checks the host name, the origin and the session of every request, and adds headers."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        sessions: Sessions,
        keys: LaunchKeys,
        cookie: str,
        hosts: Iterable[str] = LOOPBACK,
        any_address: bool = False,
        login: ASGIApp | None = None,
    ) -> None:
        """Wraps an application.

        Args:
            app: what is guarded.
            sessions: who is signed in.
            keys: what signs a browser in when it comes with the link.
            cookie: name of the session cookie.
            hosts: names under which the studio is reached.
            any_address: whether a bare IP address is also a fine name; it cannot be rebound.
            login: page that takes the password, when there is one.
        """
        self.app = app  # NiceGUI follows this name from the server to its application
        self._sessions, self._keys, self._cookie = sessions, keys, cookie
        self._hosts = frozenset(host.casefold() for host in hosts)
        self._any_address, self._login = any_address, login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or refuses it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        head = {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]}
        host, origin = head.get("host", ""), head.get("origin")
        if not self._knows(host):
            await refuse(scope, receive, send, 400, UNKNOWN_HOST)
            return
        if origin is not None and origin.partition("://")[2].casefold() != host.casefold():
            await refuse(scope, receive, send, 403, FOREIGN_PAGE)
            return
        # A line break ends what the router's patterns see: the part that checks a program's key
        # would be passed by.
        if any(ord(letter) < 32 for letter in scope["path"]):
            await refuse(scope, receive, send, 400, CONTROLS)
            return
        if scope["path"].startswith(BEARER_ONLY) or scope["path"] in BEARER_PATHS:
            await self.app(scope, receive, self._with_headers(send))
            return
        if scope["type"] == "http" and scope["path"].startswith(PUBLIC):
            await self.app(scope, receive, self._with_headers(send, PUBLIC_HEADERS))
            return
        if scope["type"] == "http" and await self._came_with_link(scope, receive, send):
            return
        if self._sessions.knows(cookie_parser(head.get("cookie", "")).get(self._cookie, "")):
            await self.app(scope, receive, self._with_headers(send))
        elif self._login is not None and scope["type"] == "http":
            await self._login(scope, receive, self._with_headers(send))
        else:
            await refuse(scope, receive, send, 403, NO_SESSION)

    def _knows(self, host: str) -> bool:
        name = host.casefold()
        if name.startswith("["):
            name = name.partition("]")[0][1:]
        elif ":" in name:
            name = name.rpartition(":")[0]
        return name in self._hosts or (self._any_address and _is_address(name))

    async def _came_with_link(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Signs a browser in that opened the link; it goes on to `/`, never to an address given."""
        given = parse_qs(scope["query_string"].decode("latin-1")).get("key", [""])[0]
        if not given or not self._keys.accept(given):
            return False
        crumb = session_cookie(self._cookie, self._sessions.issue())
        headers = [(b"location", b"/"), (b"set-cookie", crumb)]
        await refuse(scope, receive, send, 303, "Welcome.", headers)
        return True

    @staticmethod
    def _with_headers(send: Send, headers: Iterable[tuple[bytes, bytes]] = HEADERS) -> Send:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *headers]
            await send(message)

        return headed


def session_cookie(name: str, token: str) -> bytes:
    """Returns the cookie line that signs a browser in."""
    return f"{name}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000".encode()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
