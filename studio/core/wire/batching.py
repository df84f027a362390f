"""Batching: what a batch asks for, its lines one by one, and how their ends are told."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import pydantic_core
from pydantic import Field

from studio.core.wire.asking import Pairs
from studio.core.wire.fields import Fields, read
from studio.domain.errors import StudioError
from studio.domain.values import Value

KINDS: dict[str, Literal["chat", "text", "embedding"]] = {
    "/v1/chat/completions": "chat",
    "/v1/completions": "text",
    "/v1/embeddings": "embedding",
}
"""What a batch may ask → what kind of request each of its lines is."""
LONGEST_ID = 512
"""Characters of a line's own id."""


class Wanted(Value):
    """A request for a batch."""

    input_file_id: str
    """As the client spells it."""
    endpoint: str
    metadata: dict[str, str]
    keep_seconds: int | None


class Line(Value):
    """One line of a batch's file, understood as far as it can be."""

    custom_id: str | None = None
    body: dict[str, Any] = {}
    code: str = ""
    """Why it cannot be asked, for programs; empty when it can."""
    problem: str = ""
    """The same for people."""


class _Expiry(Fields):
    anchor: Literal["created_at"]
    seconds: Annotated[int, Field(ge=3_600, le=2_592_000)]


class _Batch(Fields):
    input_file_id: Annotated[str, Field(min_length=1, max_length=100)]
    endpoint: Literal["/v1/chat/completions", "/v1/completions", "/v1/embeddings"]
    completion_window: Literal["24h"]
    metadata: Pairs = {}
    output_expires_after: _Expiry | None = None


def wanted(body: object) -> Wanted:
    """Returns what the body of a request for a batch asks for.

    Raises:
        InvalidInput: naming the first field that is wrong.
    """
    given = read(body, _Batch)
    expiry = given.output_expires_after
    return Wanted(
        input_file_id=given.input_file_id,
        endpoint=given.endpoint,
        metadata=given.metadata,
        keep_seconds=None if expiry is None else expiry.seconds,
    )


def line(raw: bytes, endpoint: str) -> Line:
    """Returns one line understood; what is wrong with it is part of it, never an error."""
    try:
        found = pydantic_core.from_json(raw, allow_inf_nan=False)
    except ValueError:
        return Line(code="invalid_json_line", problem="The line is not valid JSON.")
    if not isinstance(found, dict):
        return Line(code="invalid_json_line", problem="The line is not a JSON object.")
    custom_id = found.get("custom_id")
    if not isinstance(custom_id, str) or not 0 < len(custom_id) <= LONGEST_ID:
        problem = f"'custom_id' must be a text of 1 to {LONGEST_ID} characters."
        return Line(code="missing_required_parameter", problem=problem)
    if found.get("method") != "POST":
        return Line(custom_id=custom_id, code="invalid_method", problem="'method' must be POST.")
    if found.get("url") != endpoint:
        problem = f"'url' must be {endpoint}, as that of the batch."
        return Line(custom_id=custom_id, code="mismatched_url", problem=problem)
    body = found.get("body")
    if not isinstance(body, dict):
        return Line(
            custom_id=custom_id, code="invalid_body", problem="'body' must be a JSON object."
        )
    if body.get("stream"):
        problem = "A line of a batch cannot stream."
        return Line(custom_id=custom_id, code="invalid_value", problem=problem)
    return Line(custom_id=custom_id, body=body)


def answered(id: str, custom_id: str | None, request_id: str, body: dict[str, Any]) -> str:
    """Returns the line of the output file that tells an answer."""
    response = {"status_code": 200, "request_id": request_id, "body": body}
    return _told(id, custom_id, response=response, error=None)


def failed(id: str, custom_id: str | None, code: str, message: str) -> str:
    """Returns the line of the error file that tells why there is no answer."""
    return _told(id, custom_id, response=None, error={"code": code, "message": message})


def code_of(error: StudioError) -> str:
    """Returns the word for an error that programs can test for."""
    if error.code:
        return error.code
    name = type(error).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)[1:]


def _told(id: str, custom_id: str | None, **ends: Any) -> str:
    return json.dumps({"id": id, "custom_id": custom_id, **ends}, ensure_ascii=False)
