"""Deployed: from what the user typed to a revision, and how deployments are told."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

from studio.cli.output import give, give_json

if TYPE_CHECKING:
    from studio.domain.deployments import Deployment, Revision
    from studio.services.container import Services


def actor(name: str | None) -> str:
    """Returns who does it: the name given, or who is logged in."""
    if name:
        return name
    try:
        return getpass.getuser()
    except OSError:
        return "cli"


def told(services: Services, deployment: Deployment) -> dict[str, Any]:
    """Returns what may be told of a deployment: its secret address stays inside."""
    known = {one.id: one for one in services.deployments.revisions(deployment.id)}
    slots = {slot.value: known[id] for slot, id in deployment.slots.items() if id in known}
    return {
        **deployment.model_dump(exclude={"link", "salt", "slots", "seq"}),
        "changes": deployment.seq,
        "slots": slots,
    }


def called(revision: Revision | None) -> str | None:
    """Returns number and name of a revision, None for an empty slot."""
    return None if revision is None else f"{revision.number} {revision.name}"


def give_slots(told: dict[str, Any], as_json: bool) -> None:
    """Writes what a deployment is after a change."""
    if as_json:
        give_json(told)
        return
    for slot, revision in told["slots"].items():
        give(f"{slot}: {called(revision)}")
    if told["share"]:
        give(f"The candidate answers {told['share']:.0%} of the sessions.")


def model(services: Services, wanted: str) -> str:
    """Returns the id of a model that was named by id or by name."""
    names = services.models.names()
    if wanted in names:
        return wanted
    found = [id for id, name in names.items() if name == wanted]
    return found[0] if len(found) == 1 else wanted


def revision(services: Services, deployment: Deployment, wanted: str) -> Revision:
    """Returns a revision by number or id, or a new one of a model that is named."""
    for one in services.deployments.revisions(deployment.id):
        if wanted in (one.id, str(one.number)):
            return one
    return services.deployments.add_revision(deployment.id, model_id=model(services, wanted))
