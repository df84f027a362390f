"""Shape: the base of what `/v1` answers, which leaves out what is optional and not there."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer


class Shape(BaseModel):
    """An answer. Fields that are None are sent as null, those named in `OMITTED` not at all."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    OMITTED: ClassVar[frozenset[str]] = frozenset()

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        whole: dict[str, Any] = handler(self)
        return {
            name: content
            for name, content in whole.items()
            if content is not None or name not in self.OMITTED
        }


class Asked(BaseModel):
    """A request's body. What it does not know is refused by name, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())
