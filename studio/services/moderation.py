"""Moderation: texts looked over by whoever was configured for it, and nobody otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field

from studio.core.wire.fields import Fields, read
from studio.domain.endpoints import named
from studio.domain.errors import NotFound
from studio.domain.moderation import Moderator


class _Asked(Fields):
    input: str | list[Any]
    model: Annotated[str, Field(max_length=500)] = ""


class ModerationService:
    """What a client can have looked over."""

    def __init__(self, moderator: Callable[[], Moderator]) -> None:
        """`moderator` is called when texts come: its client loads slowly."""
        self._moderator = moderator

    def moderate(self, body: object) -> dict[str, Any]:
        """Returns what the model that the body names says; the texts go to its endpoint.

        Raises:
            InvalidInput: when the body is wrong.
            NotFound: when the model is not one behind an endpoint: there is none on this machine.
            BackendUnavailable: when the endpoint cannot be asked.
        """
        asked = read(body, _Asked)
        name, model = named(asked.model)
        if not model:
            raise NotFound(
                "This studio has no model of its own that moderates texts.",
                hint="Add an endpoint whose server moderates in Settings, and name its model: "
                "endpoint:NAME/MODEL, for example endpoint:openai/omni-moderation-latest.",
                param="model",
                code="moderation_not_configured",
            )
        return self._moderator().moderate(name, model, asked.input)
