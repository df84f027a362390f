"""Lasting: until when the base model behind a deployment answers, as far as that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.domain.endpoints import PREFIX
from studio.domain.errors import NotFound

if TYPE_CHECKING:
    from studio.services.container import Services

HERE = "Its base model lies on this machine, where no provider ends it"
UNKNOWN = "When its base model ends is not known"


def lasts(services: Services, model_id: str) -> str:
    """Returns a sentence without its full stop."""
    backend, model = _base(services, model_id)
    if not backend:
        return HERE
    try:
        ends = services.tuning_prices.terms(backend, model).ends
    except NotFound:  # The endpoint was removed since.
        return UNKNOWN
    return UNKNOWN if ends is None else f"Its base model ends on {ends}"


def _base(services: Services, model_id: str) -> tuple[str, str]:
    """Returns where the base model answers and its name there; nothing for this machine."""
    if model_id.startswith(PREFIX):
        backend, _, model = model_id.partition("/")
        return backend, model.split(":")[1] if model.startswith("ft:") else model
    for version in services.models.versions():
        if version.id == model_id and version.endpoint:
            return PREFIX + version.endpoint, version.base_model
    return "", model_id
