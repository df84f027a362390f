"""Shapes of deployments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from studio.api.v1.shapes.shape import Asked, Shape
from studio.domain.deployments import Deployment, LedgerRow, Revision, Slot

Reason = Annotated[str, StringConstraints(max_length=500)]


class RevisionObject(Shape):
    """One way in which a deployment can answer."""

    id: str
    object: Literal["deployment.revision"] = "deployment.revision"
    number: int
    name: str
    model: str
    """The studio's id of the model."""
    quarantined: bool
    created_at: int


class DeploymentObject(Shape):
    """A deployment with what each of its slots holds."""

    id: str
    object: Literal["deployment"] = "deployment"
    name: str
    description: str
    champion: RevisionObject | None
    candidate: RevisionObject | None
    shadow: RevisionObject | None
    previous: RevisionObject | None
    anchor: RevisionObject | None
    share: float
    """Share of the sessions that the candidate answers."""
    may_train: bool
    changes: int
    """How many rows its ledger has."""
    created_at: int


class DeploymentList(Shape):
    """All deployments."""

    object: Literal["list"] = "list"
    data: list[DeploymentObject]


class LedgerRowObject(Shape):
    """One change, with who made it and why."""

    object: Literal["deployment.change"] = "deployment.change"
    seq: int
    action: str
    slot: str
    from_revision: str | None
    to_revision: str | None
    share: float
    cycle_id: str | None
    gate_id: str | None
    actor: str
    reason: str
    evidence: dict[str, str | float | int | None]
    created_at: int
    prev_hash: str
    row_hash: str


class LedgerList(Shape):
    """Every change of a deployment, oldest first."""

    object: Literal["list"] = "list"
    data: list[LedgerRowObject]
    first_broken: int | None
    """First row that is not as it was written; null: all are."""


class PromoteAsked(Asked):
    """Which revision becomes the champion; the candidate when none is named."""

    revision: str | None = None
    reason: Reason = ""


class RollbackAsked(Asked):
    """Why a deployment is rolled back."""

    reason: Reason = ""


class TrafficAsked(Asked):
    """How much goes to the candidate."""

    share: Annotated[float, Field(ge=0, le=1)]
    reason: Reason = ""


def deployment_object(
    deployment: Deployment, revisions: Mapping[str, Revision]
) -> DeploymentObject:
    """Returns a deployment as the wire tells it; its secret address stays inside."""
    held = {
        slot.value: revision_object(revisions[deployment.slots[slot]])
        if slot in deployment.slots
        else None
        for slot in Slot
    }
    return DeploymentObject.model_validate(
        {
            "id": deployment.id,
            "name": deployment.name,
            "description": deployment.description,
            "share": deployment.share,
            "may_train": deployment.may_train,
            "changes": deployment.seq,
            "created_at": int(deployment.created_at.timestamp()),
            **held,
        }
    )


def revision_object(revision: Revision) -> RevisionObject:
    """Returns a revision as the wire tells it."""
    return RevisionObject(
        id=revision.id,
        number=revision.number,
        name=revision.name,
        model=revision.model_id,
        quarantined=revision.quarantined,
        created_at=int(revision.created_at.timestamp()),
    )


def row_object(row: LedgerRow) -> LedgerRowObject:
    """Returns a change as the wire tells it."""
    fields = row.model_dump(exclude={"deployment_id", "created_at"})
    return LedgerRowObject(**fields, created_at=int(row.created_at.timestamp()))
