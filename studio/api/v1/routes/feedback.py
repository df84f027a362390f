"""Routes of feedback: what people say of an answer. OpenAI has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pydantic_core
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from studio.api.v1 import ids
from studio.api.v1.body import body_of
from studio.api.v1.errors import missing
from studio.api.v1.shapes.feedback import FeedbackAsked, FeedbackOn, Said, told, told_on
from studio.domain.errors import NotFound
from studio.domain.feedback import Source

if TYPE_CHECKING:
    from studio.domain.feedback import Counted, Feedback
    from studio.services.container import Services

S = TypeVar("S", bound=Said)

PATH = "/feedback"
TEXT = "cmpl-"
"""How answers to bare texts begin; they are kept like all others."""
NOBODY = "api"
"""Who says something, where a program does not tell."""
KEY = "idempotency-key"


def router(services: Services) -> APIRouter:
    """Returns the routes; `straight` answers the first before any is looked for."""
    routes = APIRouter()

    async def create(request: Request) -> Response:
        return await _created(services, request)

    async def create_on(request: Request) -> Response:
        completion_id = request.path_params["completion_id"]
        asked = await _read(request, FeedbackOn)
        kept, counted = await _kept(services, request, completion_id, asked, asked.user)
        return _answer(told_on(kept, counted, completion_id), 200)

    routes.add_route(PATH, create, methods=["POST"])
    routes.add_route("/chat/completions/{completion_id}/feedback", create_on, methods=["POST"])
    return routes


def straight(services: Services) -> ASGIApp:
    """Returns what answers what is posted to `/feedback`, a thousand times a second."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        answer = await _created(services, Request(scope, receive))
        await answer(scope, receive, send)

    return app


async def _created(services: Services, request: Request) -> Response:
    asked = await _read(request, FeedbackAsked)
    kept, counted = await _kept(services, request, asked.completion_id, asked, asked.rater)
    return _answer(told(kept, counted, asked.completion_id), 201)


async def _read(request: Request, kind: type[S]) -> S:
    try:
        return kind.model_validate(await body_of(request))
    except ValidationError as error:
        told = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(told) from error


async def _kept(
    services: Services, request: Request, completion_id: str, said: Said, rater: str | None
) -> tuple[Feedback, Counted]:
    prefix = TEXT if completion_id.startswith(TEXT) else None
    try:
        return await services.feedback.add_async(
            ids.ours(completion_id, "inference", prefix=prefix, word="completion"),
            thumb_up=None if said.thumb is None else said.thumb == "up",
            correction=said.correction,
            comment=said.comment,
            rater=NOBODY if rater is None else rater,
            source=Source.API,
            key=request.headers.get(KEY),
            # Without a key an answer lies in the project of the model that gave it.
            project_id=request.state.caller.project_id,
        )
    except NotFound as error:
        raise missing(f"No such completion: {completion_id[:80]}", "completion_id") from error


def _answer(told: dict[str, object], status: int) -> Response:
    return Response(pydantic_core.to_json(told), status, media_type="application/json")
