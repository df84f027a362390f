"""Bodies: what a visitor's page may send."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import pydantic_core
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from starlette.requests import Request

from studio.domain.errors import InvalidInput

LONGEST_QUESTION = 8_000
LONGEST_WORD = 20_000
"""Characters of a correction or comment."""


class Body(BaseModel):
    """What is sent; anything it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AskBody(Body):
    """A question."""

    question: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_QUESTION)
    ]


class SayBody(Body):
    """What is said of an answer."""

    id: Annotated[str, StringConstraints(max_length=80)]
    thumb: Literal["up", "down"] | None = None
    correction: Annotated[str, StringConstraints(max_length=LONGEST_WORD)] | None = None
    comment: Annotated[str, StringConstraints(max_length=LONGEST_WORD)] | None = None


B = TypeVar("B", bound=Body)


async def read(request: Request, kind: type[B]) -> B:
    """Returns what was sent, or raises InvalidInput."""
    # A form on a foreign page can send any text, but not under this name.
    sort = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if sort != "application/json":
        raise InvalidInput("Only JSON is taken here.")
    try:
        return kind.model_validate(pydantic_core.from_json(await request.body()))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"{name or 'What was sent'}: {first['msg']}.") from error
    except ValueError as error:
        raise InvalidInput("What was sent is not valid JSON.") from error
