"""The services of a running studio, called over HTTP as if they were here."""

from __future__ import annotations

import functools
import json
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from studio.api.errors import from_body
from studio.api.methods import METHODS
from studio.api.shapes import STOP, Shape
from studio.domain.errors import BackendUnavailable, StudioError

WAIT = httpx.Timeout(10, read=None)
"""An answer may take as long as the work does; only connecting has a limit."""


class RemoteServices:
    """Stands in for `Services`; each attribute is one service of the running studio."""

    def __init__(
        self,
        client: httpx.Client,
        container: type,
        methods: Mapping[str, tuple[str, ...]] = METHODS,
    ) -> None:
        hints = typing.get_type_hints(container)
        self._services = {
            name: RemoteService(client, name, hints[name], listed)
            for name, listed in methods.items()
        }

    def __getattr__(self, name: str) -> Any:
        """Returns the service of that name."""
        if name not in self._services:
            raise AttributeError(f"The running studio lends no service {name}.")
        return self._services[name]


class RemoteService:
    """One service: its listed methods carry their arguments over and the result back."""

    def __init__(
        self, client: httpx.Client, name: str, service: type, methods: tuple[str, ...]
    ) -> None:
        self._client, self._name, self._service, self._methods = client, name, service, methods

    def __getattr__(self, method: str) -> Callable[..., Any]:
        """Returns the method, or raises AttributeError when it is not callable from outside."""
        if method not in self._methods:
            raise AttributeError(f"{self._name}.{method} cannot be called from outside the studio.")
        shape = Shape(getattr(self._service, method))
        call = functools.partial(self._call, shape, f"/api/{self._name}/{method}")
        setattr(self, method, call)  # following a job asks the same again and again
        return call

    def _call(self, shape: Shape, address: str, /, *given: Any, **named: Any) -> Any:
        bound = shape.signature.bind(*given, **named).arguments
        callbacks = {name: bound.pop(name) for name in shape.callbacks if name in bound}
        bound.pop(STOP, None)  # leaving in the middle is what stops the work over there
        body = shape.written(bound)
        if shape.streams:
            return self._items(shape, address, body)
        if shape.in_lines:
            return self._with_progress(shape, address, body, callbacks)
        with _reaching():
            answer = self._client.post(address, json=body)
        if answer.status_code != httpx.codes.OK:
            raise _refusal(answer)
        return shape.result.validate_json(answer.content)

    def _items(self, shape: Shape, address: str, body: dict[str, Any]) -> Iterator[Any]:
        for line in self._lines(address, body):
            if "item" in line:
                yield shape.result.validate_python(line["item"])
            elif "error" in line:
                raise from_body(line)
            elif "end" in line:
                return
        raise _cut_off()

    def _with_progress(
        self,
        shape: Shape,
        address: str,
        body: dict[str, Any],
        callbacks: dict[str, Callable[..., Any]],
    ) -> Any:
        for line in self._lines(address, body):
            if "progress" in line:
                name, values = line["progress"]
                if name in callbacks:
                    callbacks[name](*values)
            elif "error" in line:
                raise from_body(line)
            elif "result" in line:
                return shape.result.validate_python(line["result"])
        raise _cut_off()

    def _lines(self, address: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        with _reaching(), self._client.stream("POST", address, json=body) as answer:
            if answer.status_code != httpx.codes.OK:
                answer.read()
                raise _refusal(answer)
            for line in answer.iter_lines():
                yield json.loads(line)


@contextmanager
def _reaching() -> Iterator[None]:
    """Turns trouble on the way into words for the user."""
    try:
        yield
    except httpx.TransportError as error:
        raise BackendUnavailable(
            "The running studio does not answer any more.",
            hint="Start it again with `studio serve`, then repeat the command.",
        ) from error


def _refusal(answer: httpx.Response) -> StudioError:
    try:
        return from_body(answer.json())
    except ValueError:
        return from_body(None)


def _cut_off() -> BackendUnavailable:
    return BackendUnavailable(
        "The running studio ended in the middle of its answer.",
        hint="Look at its log, start it again with `studio serve`, then repeat the command.",
    )
