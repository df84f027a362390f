"""Spec: holds every answer of `/v1` against OpenAI's specification, and fails the test at once."""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

import httpx2
import jsonschema_rs
import pytest

from studio.api.v1.deviations import BYTES, DEVIATIONS, Deviation
from tests.api.trim_spec import TRIMMED

DONE = "[DONE]"
COMPOSED = ("allOf", "anyOf", "oneOf")
Json = dict[str, Any]


class Specification:
    """OpenAI's specification with our deviations put into it, and nothing else."""

    def __init__(self, deviations: Iterable[Deviation] = DEVIATIONS) -> None:
        self.spec: Json = json.loads(TRIMMED.read_text(encoding="utf-8"))
        self.own: dict[str, Json] = {}
        for deviation in deviations:
            if deviation.allows is None and not deviation.may_be_absent:
                continue
            if " /" in deviation.where:
                self.own[deviation.where] = dict(deviation.allows or {})
            else:
                allow(self.spec["components"]["schemas"], deviation)
        answers = [
            answer
            for methods in self.spec["paths"].values()
            for operation in methods.values()
            for answer in operation["responses"].values()
        ]
        close(self.spec["components"]["schemas"])
        close(answers)
        self._paths = [(_pattern(path), path) for path in self.spec["paths"]]

    def wrong(self, method: str, path: str, status: int, kind: str, body: bytes) -> str:
        """Returns what is wrong with an answer, empty when nothing is."""
        asked = f"{method} {path}"
        if status >= 400:
            return self._unlike(asked, body, self._schema("ErrorResponse"))
        operation = self._operation(method, path)
        if operation is None:
            return f"{asked} answers {status}, and the specification has no such operation"
        template, known = operation
        own = self.own.get(f"{method} {template}")
        content = known.get("responses", {}).get(str(status), {}).get("content", {})
        if not content and not own:
            return f"{asked} answers {status}, which the specification does not name"
        if own == BYTES:
            return ""
        if kind.startswith("text/event-stream"):
            # That /completions can stream is said in its words only.
            json_too = content.get("application/json", {}) if method == "POST" else {}
            told = content.get("text/event-stream", json_too)
            return self._wrong_events(asked, body, told.get("schema"))
        if not kind.startswith("application/json"):
            return f"{asked} answers {kind}"
        schemas = [told["schema"] for told in (content.get("application/json"),) if told]
        return self._unlike(asked, body, {"anyOf": [*schemas, own]} if own else schemas[0])

    def _operation(self, method: str, path: str) -> tuple[str, Json] | None:
        for pattern, template in self._paths:
            operation = self.spec["paths"][template].get(method.lower())
            if operation and pattern.fullmatch(path):
                return template, operation
        for place in self.own:
            own_method, _, template = place.partition(" ")
            if own_method == method and _pattern(template).fullmatch(path):
                return template, {}
        return None

    def _schema(self, name: str) -> Json:
        return {"$ref": f"#/components/schemas/{name}"}

    def _wrong_events(self, asked: str, body: bytes, schema: Json | None) -> str:
        if schema is None:
            return f"{asked} answers with events, and the specification has none there"
        either = {"anyOf": [schema, self._schema("ErrorResponse")]}
        # A stream that was left ends in the middle of an event.
        for event in body.decode().split("\n\n")[:-1]:
            told = event.removeprefix("data: ")
            if told == event and not event.startswith(":"):
                return f"{asked} sends what is no event: {event[:200]!r}"
            if told not in (DONE, event):
                problem = self._unlike(asked, told.encode(), either)
                if problem:
                    return problem
        return ""

    def _unlike(self, asked: str, body: bytes, schema: Json) -> str:
        try:
            answer = json.loads(body)
        except ValueError:
            return f"{asked} answers with what is not JSON: {body[:200]!r}"
        validator = self._validator(json.dumps(schema, sort_keys=True))
        problems = [
            f"{'.'.join(str(step) for step in error.instance_path) or 'the answer'}: "
            f"{error.message[:400]}"
            for error in validator.iter_errors(answer)
        ]
        return f"{asked}: {'; '.join(problems)}\nin {body[:2000]!r}" if problems else ""

    @functools.cache  # noqa: B019 - a specification lives as long as the tests
    def _validator(self, schema: str) -> Any:
        whole = {**json.loads(schema), "components": self.spec["components"]}
        return jsonschema_rs.Draft202012Validator(whole)


def allow(schemas: dict[str, Json], deviation: Deviation) -> None:
    """Puts into the schemas what a deviation such as `FineTuningJob.status` allows beside them."""
    name, *fields = deviation.where.split(".")
    node: Json = schemas[name]
    for field in fields[:-1]:
        node = holder(node, field)["properties"][field]
    last = fields[-1]
    try:
        place = holder(node, last)
    except KeyError:
        assert deviation.allows is not None, f"there is no {deviation.where}"
        one = node.get("items", node)
        one["properties"][last] = dict(deviation.allows)
        return
    if deviation.may_be_absent:
        place["required"] = [one for one in place.get("required", []) if one != last]
    if deviation.allows is not None:
        known = copy.deepcopy(place["properties"][last])
        place["properties"][last] = {"anyOf": [known, dict(deviation.allows)]}


def close(node: Any, *, part: bool = False) -> None:
    """Makes a field that the specification does not name a mistake, as far as schemas reach.

    `part` says that the schema is one of several that hold together: each knows its own fields.
    """
    if isinstance(node, list):
        for one in node:
            close(one, part=part)
    if not isinstance(node, dict):
        return
    fields = isinstance(node.get("properties"), dict)
    if (fields or "allOf" in node) and not part and "additionalProperties" not in node:
        node["unevaluatedProperties"] = False
    for word, inside in node.items():
        if word == "properties" and fields:
            for schema in inside.values():
                close(schema)
        else:
            close(inside, part=word == "allOf")


def holder(node: Json, field: str) -> Json:
    """Returns the part of a schema that has the field, down through lists and alternatives."""
    if field in node.get("properties", {}):
        return node
    parts = [part for word in COMPOSED for part in node.get(word, [])]
    for part in [*parts, *([node["items"]] if "items" in node else [])]:
        try:
            return holder(part, field)
        except KeyError:
            continue
    raise KeyError(field)


def _pattern(template: str) -> re.Pattern[str]:
    # A model's name may have slashes in it.
    named = re.sub(
        r"\\{(\w+)\\}", lambda m: ".+" if m[1] == "model" else "[^/]+", re.escape(template)
    )
    return re.compile(named)


@functools.cache
def specification() -> Specification:
    """Returns the specification with our deviations, read once."""
    return Specification()


def hold(request: httpx2.Request, response: httpx2.Response, body: bytes) -> None:
    """Fails the test when an answer is not what the specification says."""
    path = request.url.path.partition("/v1")[2]
    kind = response.headers.get("content-type", "")
    problem = specification().wrong(request.method, path, response.status_code, kind, body)
    if not problem and not response.headers.get("x-request-id"):
        problem = f"{request.method} {path} answers without x-request-id"
    if problem:
        # No AssertionError: the client would take it for a broken connection and try again.
        pytest.fail(problem, pytrace=False)


class Watched(httpx2.AsyncBaseTransport):
    """Carries requests as another transport does and looks at every answer as it passes."""

    def __init__(self, carrier: httpx2.AsyncBaseTransport) -> None:
        self._carrier = carrier

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._carrier.handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        looked_at = _AsyncBody(response.stream, functools.partial(hold, request, response))
        return _passed_on(response, looked_at)

    async def aclose(self) -> None:
        await self._carrier.aclose()


class WatchedHere(httpx2.BaseTransport):
    """The same for a client that waits."""

    def __init__(self, carrier: httpx2.BaseTransport) -> None:
        self._carrier = carrier

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = self._carrier.handle_request(request)
        assert isinstance(response.stream, httpx2.SyncByteStream)
        looked_at = _Body(response.stream, functools.partial(hold, request, response))
        return _passed_on(response, looked_at)

    def close(self) -> None:
        self._carrier.close()


def _passed_on(
    response: httpx2.Response, stream: httpx2.AsyncByteStream | httpx2.SyncByteStream
) -> httpx2.Response:
    return httpx2.Response(
        response.status_code,
        headers=response.headers,
        stream=stream,
        extensions=response.extensions,
    )


class _AsyncBody(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, look: Callable[[bytes], None]) -> None:
        self._stream, self._look = stream, look

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = bytearray()
        async for piece in self._stream:
            seen += piece
            yield piece
        self._look(bytes(seen))

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Body(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream, look: Callable[[bytes], None]) -> None:
        self._stream, self._look = stream, look

    def __iter__(self) -> Iterator[bytes]:
        seen = bytearray()
        for piece in self._stream:
            seen += piece
            yield piece
        self._look(bytes(seen))

    def close(self) -> None:
        self._stream.close()
