"""Shapes of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from studio.api.v1.shapes.shape import Shape

if TYPE_CHECKING:
    from studio.services.wire_models import WireModel


class ModelObject(Shape):
    """A model."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str


class ModelList(Shape):
    """All models; OpenAI does not page them."""

    object: Literal["list"] = "list"
    data: list[ModelObject]


class ModelDeleted(Shape):
    """A model that is gone."""

    id: str
    object: Literal["model"] = "model"
    deleted: Literal[True] = True


def model_object(model: WireModel) -> ModelObject:
    """Returns a model as the wire tells it."""
    return ModelObject(
        id=model.id, created=int(model.created_at.timestamp()), owned_by=model.owned_by
    )
