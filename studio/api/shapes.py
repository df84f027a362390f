"""Shape of a remote method: what goes in and what comes out, read from its type hints."""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from studio.domain.errors import InvalidInput

STOP = "cancelled"
"""The parameter by which a method asks whether its work is still wanted; it does not travel."""
INSIDE = "also"
"""The parameter that joins a caller's writing to the method's transaction; it does not travel."""
STREAMS = (collections.abc.Iterator, collections.abc.Iterable, collections.abc.Generator)


class Shape:
    """Arguments and result of one method, with what is needed to carry them as JSON."""

    def __init__(self, method: Callable[..., Any]) -> None:
        signature = inspect.signature(method)
        hints = typing.get_type_hints(method)
        self.name: str = method.__name__
        self.signature = signature.replace(
            parameters=[p for p in signature.parameters.values() if p.name != "self"]
        )
        called = tuple(name for name in self.signature.parameters if _is_callback(hints.get(name)))
        self.callbacks = tuple(name for name in called if name not in (STOP, INSIDE))
        """Parameters that call back; their calls travel as progress lines."""
        self.stoppable: bool = STOP in called
        """True when the work ends early once the caller has left."""
        self.arguments: dict[str, TypeAdapter[Any]] = {
            name: TypeAdapter(hints.get(name, Any))
            for name in self.signature.parameters
            if name not in called
        }
        returned = hints.get("return", Any)
        self.streams: bool = typing.get_origin(returned) in STREAMS
        """True when the method yields items instead of returning one value."""
        item = typing.get_args(returned)[0] if self.streams else returned
        self.result: TypeAdapter[Any] = TypeAdapter(item)

    @property
    def in_lines(self) -> bool:
        """True when the answer is a sequence of JSON lines instead of one JSON value."""
        return self.streams or self.stoppable or bool(self.callbacks)

    def read(self, given: object) -> dict[str, Any]:
        """Returns validated keyword arguments from parsed JSON, or raises InvalidInput."""
        if not isinstance(given, Mapping):
            raise InvalidInput(f"{self.name} takes a JSON object of arguments.")
        unknown = sorted(set(given) - set(self.arguments))
        if unknown:
            raise InvalidInput(
                f"{self.name} has no argument {unknown[0]!r:.80}.",
                hint=f"It takes: {', '.join(self.arguments) or 'nothing'}.",
            )
        read: dict[str, Any] = {}
        for name, adapter in self.arguments.items():
            if name in given:
                read[name] = self._valid(name, adapter, given[name])
            elif self.signature.parameters[name].default is inspect.Parameter.empty:
                raise InvalidInput(f"{self.name} needs the argument {name!r}.")
        return read

    def _valid(self, name: str, adapter: TypeAdapter[Any], value: object) -> Any:
        try:
            return adapter.validate_python(value)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            place = ".".join(str(part) for part in (name, *first["loc"]))
            raise InvalidInput(f"{place}: {first['msg']}.") from error

    def written(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the arguments as plain JSON values, or raises InvalidInput."""
        return {
            name: adapter.dump_python(self._valid(name, adapter, arguments[name]), mode="json")
            for name, adapter in self.arguments.items()
            if name in arguments
        }


def _is_callback(hint: object) -> bool:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return any(_is_callback(option) for option in typing.get_args(hint))
    return hint is collections.abc.Callable or typing.get_origin(hint) is collections.abc.Callable
