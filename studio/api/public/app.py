"""app: the feedback page of a deployment at `/f/…`, for people who have its link and no account."""

from __future__ import annotations

import hashlib
import logging
import math
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from studio.api.public.bodies import AskBody, SayBody, read
from studio.api.public.paces import Paces
from studio.api.v1 import streaming
from studio.domain.errors import InvalidInput, NotFound, StudioError
from studio.domain.feedback import Source

if TYPE_CHECKING:
    from studio.domain.deployments import Deployment
    from studio.services.container import Services

FOLDER = Path(__file__).parents[3] / "assets" / "feedback"
FILES = {"page.js": "text/javascript", "page.css": "text/css"}
COOKIE = "ladder_visitor"
YEAR = 365 * 24 * 3600
CLOSED = "This feedback page is closed, or its address is not complete."
LATER = "No answer could be given just now. Try again later."
log = logging.getLogger(__name__)


def create_public(services: Services, paces: Paces | None = None) -> Starlette:
    """Returns the application to mount at `/f`."""
    face = Face(services, paces or Paces())
    return Starlette(
        routes=[
            Route("/-/{name}", face.file),
            Route("/{token}", face.page),
            Route("/{token}/about", face.about),
            Route("/{token}/ask", face.ask, methods=["POST"]),
            Route("/{token}/say", face.say, methods=["POST"]),
        ],
        exception_handlers={StudioError: _told, HTTPException: _refused},
    )


class Face:
    """What a visitor can do; everything but the files needs a link that is open."""

    def __init__(self, services: Services, paces: Paces) -> None:
        self._services, self._paces = services, paces

    async def file(self, request: Request) -> Response:
        """Returns one of the page's own files."""
        name = request.path_params["name"]
        if name not in FILES:
            raise HTTPException(404, CLOSED)
        return FileResponse(FOLDER / name, media_type=FILES[name])

    async def page(self, request: Request) -> Response:
        """Returns the page, the same for every deployment, and names the visitor."""
        try:
            await self._deployment(request)
        except HTTPException as error:
            return HTMLResponse(_file("closed.html"), error.status_code)
        answer = HTMLResponse(_file("page.html"), headers={"cache-control": "no-store"})
        if not request.cookies.get(COOKIE):
            answer.set_cookie(
                COOKIE,
                secrets.token_urlsafe(16),
                max_age=YEAR,
                path="/f/",
                httponly=True,
                samesite="strict",
            )
        return answer

    async def about(self, request: Request) -> Response:
        """Tells what the page is about, and how far its deployment is from its next training."""
        deployment = await self._deployment(request)
        counted = await run_in_threadpool(self._services.feedback.counted, deployment.id)
        return JSONResponse(
            {
                "name": deployment.name,
                "description": deployment.description,
                "learns": deployment.may_train,
                "counted": counted.sentence,
            }
        )

    async def ask(self, request: Request) -> Response:
        """Answers a question; the same visitor is answered by the same revision."""
        deployment = await self._deployment(request, "ask")
        visitor, asked = _visitor(request, deployment), await read(request, AskBody)
        completions = self._services.completions
        wanted = completions.read(
            "chat",
            {
                "model": deployment.name,
                "messages": [{"role": "user", "content": asked.question}],
            },
        )
        ready = await streaming.off_loop(
            lambda: completions.prepare(wanted, deployment.project_id, session=visitor)
        )
        told = await streaming.watched(
            request, lambda cancelled: completions.answer(ready, cancelled=cancelled)
        )
        answer = told["choices"][0]["message"]["content"]
        return JSONResponse({"id": ready.ids[0], "answer": answer})

    async def say(self, request: Request) -> Response:
        """Keeps what a visitor says of an answer that he was given."""
        deployment = await self._deployment(request, "say")
        visitor, said = _visitor(request, deployment), await read(request, SayBody)
        feedback = self._services.feedback
        if not await run_in_threadpool(feedback.was_given, said.id, deployment.id, visitor):
            raise NotFound("That answer was not given to you on this page.")
        _, counted = await feedback.add_async(
            said.id,
            thumb_up=None if said.thumb is None else said.thumb == "up",
            correction=said.correction,
            comment=said.comment,
            rater=visitor,
            source=Source.LINK,
            key=None,
            project_id=deployment.project_id,
        )
        return JSONResponse({"sentence": counted.sentence}, 201)

    async def _deployment(self, request: Request, does: str = "look") -> Deployment:
        token = request.path_params["token"]
        address = request.client.host if request.client else ""
        wait = self._paces.take(does, address, token)
        if wait:
            raise HTTPException(
                429,
                f"That was too fast. Wait {math.ceil(wait)} s, then go on.",
                {"retry-after": str(math.ceil(wait))},
            )
        found = await run_in_threadpool(self._services.deployments.by_link, token)
        if found is None:
            raise HTTPException(404, CLOSED)
        return found


def _visitor(request: Request, deployment: Deployment) -> str:
    """Returns a name that stays for a browser and tells nothing of who sits before it."""
    given = request.cookies.get(COOKIE, "")
    if not given:
        raise InvalidInput("Open the page first, and let it keep its cookie.")
    mark = hashlib.sha256(f"{deployment.salt}\n{given}".encode("utf-8", "surrogatepass"))
    return f"visitor-{mark.hexdigest()[:12]}"


def _file(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


async def _told(request: Request, error: Exception) -> Response:
    if isinstance(error, InvalidInput):
        return _sentence(400, error.message)
    if isinstance(error, NotFound):
        return _sentence(404, error.message)
    # What else went wrong is the studio's own affair.
    log.warning("The feedback page could not serve %s: %s", request.url.path[-4:], error)
    return _sentence(503, LATER)


async def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return _sentence(error.status_code, error.detail, dict(error.headers or {}))
    return _sentence(500, LATER)


def _sentence(status: int, said: str, headers: dict[str, Any] | None = None) -> Response:
    return JSONResponse({"error": said}, status, {"cache-control": "no-store", **(headers or {})})
