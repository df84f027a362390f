"""Login: the page that takes the password of a studio that others can reach."""

from __future__ import annotations

import hmac
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from studio.server.guard import session_cookie
from studio.server.sessions import Sessions
from studio.services.throttle import SECONDS, TRIES, Throttle

PATH = "/login"
LONGEST_BODY = 4096

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Ladder Studio</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><style>
body{font:15px/1.5 system-ui,sans-serif;display:grid;place-items:center;min-height:100vh;margin:0}
form{display:grid;gap:12px;width:min(320px,86vw)} h1{font-size:20px;margin:0}
input,button{font:inherit;padding:9px 12px;border-radius:6px;border:1px solid #7b8794}
button{background:#1d4ed8;color:#fff;border-color:#1d4ed8}
p{margin:0;font-weight:500}</style></head>
<body><main><form method="post" action="/login"><h1>Ladder Studio</h1>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" autofocus
required><p role="alert">__NEWS__</p><button>Sign in</button></form></main></body></html>"""


class Login:
    """Serves the page to whoever is not signed in, and signs in whoever knows the password."""

    def __init__(
        self, *, password: str, sessions: Sessions, cookie: str, throttle: Throttle | None = None
    ) -> None:
        self._password, self._sessions, self._cookie = password.encode(), sessions, cookie
        self._throttle = throttle or Throttle(everybody=10 * TRIES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.url.path != PATH:
            page = "text/html" in request.headers.get("accept", "")
            return RedirectResponse(PATH, 303) if page else _page("Sign in first.", 403)
        if request.method != "POST":
            return _page("")
        address = request.client.host if request.client else ""
        if self._throttle.wait(address):
            refused = _page("Too many wrong passwords. Wait a minute, then try again.", 429)
            refused.headers["retry-after"] = str(int(SECONDS))
            return refused
        if not hmac.compare_digest(await _given(request), self._password):
            self._throttle.wrong(address)
            return _page("That is not the password.", 401)
        welcome = RedirectResponse("/", 303)
        crumb = session_cookie(self._cookie, self._sessions.issue())
        welcome.raw_headers.append((b"set-cookie", crumb))
        return welcome


async def _given(request: Request) -> bytes:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_BODY:
            return b""
    return parse_qs(body.decode("latin-1"), encoding="utf-8").get("password", [""])[0].encode()


def _page(news: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(PAGE.replace("__NEWS__", news), status, {"cache-control": "no-store"})
