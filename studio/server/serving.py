"""serve: puts guard, limits, API and pages together, and serves them until they are stopped."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp

from studio.server import address, logs, window
from studio.server.body_limit import BodyLimit
from studio.server.guard import LOOPBACK, LocalGuard
from studio.server.login import Login
from studio.server.sessions import LaunchKeys, Sessions, kept_secret
from studio.server.straight import Straight

if TYPE_CHECKING:
    from studio.services.container import Services
    from studio.settings import Settings

log = logging.getLogger(__name__)
PASSWORD = "LADDER_PASSWORD"
LARGEST_CALL = 4_000_000
"""Bytes of a call of the command line."""
LARGEST_VISIT = 200_000
"""Bytes of what a visitor of a feedback page says."""
LARGEST_WIRE = 140_000_000
"""Bytes of a call of the OpenAI wire: twice a part of an upload."""
GRACE = 2
"""Seconds that open requests get when the studio is stopped."""
LAST = 5.0
"""Seconds after which a stopped studio ends whatever hangs; all that was acknowledged is kept."""
Ready = Callable[[str], object]
Announce = Callable[[int, str], None]
"""Called with the port and the API's token, before the first request is taken."""


def serve(
    settings: Settings,
    *,
    native: bool = False,
    open_browser: bool = True,
    ready: Ready = lambda link: None,
) -> None:
    """Serves the studio on a data folder until it is stopped.

    Raises:
        InvalidInput: when it would be open to others without a password.
        DataFolderInUse: when another studio has the folder.
        BackendUnavailable: when no port is free, or no window can be opened.
    """
    from studio import bootstrap

    # What cannot be served is said before the data folder is taken.
    check(settings, native=native)
    services = bootstrap.build_services(settings)
    try:
        serve_services(
            services,
            settings,
            announce=services.announce,
            native=native,
            open_browser=open_browser,
            ready=ready,
        )
    finally:
        services.close()


def serve_services(
    services: Services,
    settings: Settings,
    *,
    announce: Announce = lambda port, token: None,
    api: Callable[[Services, str], ASGIApp] | None = None,
    native: bool = False,
    open_browser: bool = True,
    ready: Ready = lambda link: None,
    tell: Callable[[str], object] = lambda line: sys.stderr.write(line + "\n"),
) -> None:
    """Starts the services and serves them.

    Args:
        services: what the faces call.
        settings: where data lies and where to listen.
        announce: told where the command line can reach this studio.
        api: makes the application at `/api`; by default the studio's own.
        native: opens a window instead of the browser.
        open_browser: opens the browser once the studio answers.
        ready: gets the link that signs in, once the studio answers.
        tell: gets the lines meant for the user.
    """
    check(settings, native=native)
    handler = logs.open_log(settings.logs_dir)
    bound = address.bind(settings.host, settings.port)
    port = int(bound.getsockname()[1])
    token, keys = secrets.token_urlsafe(32), LaunchKeys()
    try:
        application = build(services, settings, port=port, token=token, keys=keys, api=api)
        announce(port, token)
        services.start()
        server = _Server(
            uvicorn.Config(
                application,
                ws="wsproto",
                log_config=None,  # everything goes to the log file
                access_log=False,  # addresses carry keys
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE,
            )
        )
        here = f"http://{_shown(settings.host)}:{port}/"

        def begin() -> None:
            if port != settings.port and settings.port:
                tell(f"Port {settings.port} is taken; using {port}.")
            entrance = f"{here}?key={keys.mint(once=False)}"
            tell(f"Ladder Studio is ready: {entrance}")
            ready(entrance)
            tell("Press Ctrl+C to stop it; running trainings go on.")
            link = f"{here}?key={keys.mint(once=True)}"
            if native:
                window.open_window(link, server.stop)
            elif open_browser:
                threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()

        server.when_ready = begin
        _run(server, bound)
    finally:
        bound.close()
        logs.close_log(handler)


def check(settings: Settings, *, native: bool) -> None:
    """Raises what stands in the way of serving as asked."""
    address.check(settings.host, os.environ.get(PASSWORD, ""))
    if native:
        window.check()


def build(
    services: Services,
    settings: Settings,
    *,
    port: int,
    token: str,
    keys: LaunchKeys,
    api: Callable[[Services, str], ASGIApp] | None = None,
) -> ASGIApp:
    """Returns the whole application behind its guard."""
    # NiceGUI reads this once, when it is imported.
    os.environ["NICEGUI_STORAGE_PATH"] = str(settings.data_dir / "ui")
    from studio.api.public.app import create_public
    from studio.api.rpc import create_api
    from studio.api.v1.app import create_v1
    from studio.api.v1.metrics import create_metrics
    from studio.ui import app as web_face
    from studio.ui.upload_route import LIMIT
    from studio.ui.upload_route import PATH as UPLOADS

    host = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    host.mount("/f", create_public(services))
    host.mount("/api", (api or create_api)(services, token))
    host.router.routes.append(Route("/metrics", endpoint=create_metrics(services)))
    folder = settings.data_dir / "ui"
    cookie = f"ladder_{port}"  # cookies do not tell ports apart
    web_face.mount(
        host, services, settings, secret=kept_secret(folder / "secret"), cookie=f"{cookie}_drafts"
    )
    password = os.environ.get(PASSWORD, "")
    sessions = Sessions(folder / "sessions.json")
    public = not address.is_local(settings.host)
    return LocalGuard(
        # The routes themselves answer at the limit, with the better words; this is the fence.
        BodyLimit(
            Straight(host, below="/v1", to=create_v1(services)),
            larger=(
                (UPLOADS, 2 * LIMIT),
                ("/api/", LARGEST_CALL),
                ("/f/", LARGEST_VISIT),
                ("/v1/files", 2 * LIMIT),
                ("/v1/", LARGEST_WIRE),
            ),
        ),
        sessions=sessions,
        keys=keys,
        cookie=cookie,
        hosts=LOOPBACK | address.names(settings.host) if public else LOOPBACK,
        any_address=public,
        login=Login(password=password, sessions=sessions, cookie=cookie) if password else None,
    )


class _Server(uvicorn.Server):
    """Says when it is ready, and never takes longer than a few seconds to end."""

    when_ready: Callable[[], None] = staticmethod(lambda: None)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self.when_ready()

    def handle_exit(self, sig: int, frame: object) -> None:
        self._end_in_time()
        super().handle_exit(sig, frame)  # type: ignore[arg-type]  # uvicorn wants a FrameType

    def stop(self) -> None:
        """Stops it from another thread."""
        self._end_in_time()
        self.should_exit = True

    @staticmethod
    def _end_in_time() -> None:
        # A thread that waits for a model's answer must not keep the program alive.
        timer = threading.Timer(LAST, os._exit, (0,))
        timer.daemon = True
        timer.start()


def _run(server: _Server, bound: socket.socket) -> None:
    # uvicorn raises the signal again when it is done; by default that would end us before the
    # services are closed.
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        server.run(sockets=[bound])
    except KeyboardInterrupt:
        log.info("stopped from the keyboard")
    finally:
        signal.signal(signal.SIGTERM, before)


def _shown(host: str) -> str:
    """The address as a person would open it on this machine."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
