"""Models that answer on other machines, and the hosts that questions to them are sent to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.domain.endpoints import PREFIX

if TYPE_CHECKING:
    from studio.services.container import Services


def hosts(services: Services) -> dict[str, str]:
    """Returns id → host of every model whose questions leave this machine."""
    away = {one.name: one.host for one in services.endpoints.all() if one.leaves_machine}
    offered = {
        f"{PREFIX}{one.name}/{model}": one.name
        for one in services.endpoints.all()
        for model in one.models
    }
    tuned = {one.id: one.endpoint for one in services.models.versions() if one.endpoint}
    return {id: away[name] for id, name in (offered | tuned).items() if name in away}
