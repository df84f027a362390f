"""Deployment: the stable name clients call; its slots point at Revisions, its ledger says why."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from studio.domain.ladder import RungSetup
from studio.domain.values import Value

NAME = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
"""What a deployment may be called: small letters, digits and hyphens, as in a web address."""


PREFIX = "deployment:"
"""What begins the id of a deployment where the studio's own pages choose among models."""


class Slot(StrEnum):
    """What a revision is to its deployment; each slot holds one revision or none."""

    CHAMPION = "champion"
    """Answers everybody who is not sent to the candidate."""
    CANDIDATE = "candidate"
    """Answers a share of the sessions, until it is promoted or taken back."""
    SHADOW = "shadow"
    """Answers copies of requests; nobody is shown what it says."""
    PREVIOUS = "previous"
    """Was champion before; a rollback brings it back."""
    ANCHOR = "anchor"
    """First revision a person approved: what no later one may be worse than."""


Evidence = dict[str, str | float | int | None]
"""Numbers behind a decision, by name; None where one is not known."""

Variant = Literal["champion", "candidate", "shadow"]
"""Slot whose revision gave an answer."""


class Revision(Value):
    """One immutable way in which a deployment can answer: a model, and what is put around it."""

    id: str
    deployment_id: str
    number: int
    """1, 2, 3 … within the deployment."""
    name: str
    """What people call it, for example `Support router v3`."""
    model_id: str
    """A base model, a tuned model, or `endpoint:NAME/MODEL`."""
    setup: RungSetup | None = None
    """Instructions, template, shots and documents around the question; None: asked as it comes."""
    suite_version_id: str | None = None
    """Dataset version that the setup's shots are taken from."""
    dataset_version_id: str | None = None
    """What the model was tuned on; None for one that was not tuned."""
    cycle_id: str | None = None
    """Retraining that made it; None when a person brought it."""
    quarantined: bool = False
    """Was rolled back: never promoted again, kept for reading."""
    created_at: datetime


class Deployment(Value):
    """A name that stays while what answers behind it changes."""

    id: str
    project_id: str
    name: str = Field(pattern=f"^{NAME}$")
    """Unique in the whole studio: `model` at `/v1`."""
    description: str = ""
    slots: dict[Slot, str] = {}
    """Slot → revision id; a slot that is absent is empty."""
    share: float = Field(default=0.0, ge=0, le=1)
    """Share of the sessions that the candidate answers."""
    may_train: bool = True
    """Whether people agreed that what they send may be learnt from."""
    link: str = ""
    """Secret end of the address of its feedback page; empty while the page is closed."""
    salt: str
    """Mixed into the hash that sends a session to champion or candidate."""
    seq: int = 0
    """Number of the last row of its ledger."""
    created_at: datetime

    def holds(self, revision_id: str) -> tuple[Slot, ...]:
        """Returns the slots that a revision is in."""
        return tuple(slot for slot, held in self.slots.items() if held == revision_id)


class Action(StrEnum):
    """What was done to a deployment."""

    CREATE = "create"
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    CANARY_START = "canary_start"
    CANARY_STEP = "canary_step"
    SHADOW_START = "shadow_start"
    STOP = "stop"
    """Candidate or shadow taken out; the champion stays."""
    QUARANTINE = "quarantine"
    SET_ANCHOR = "set_anchor"


class LedgerRow(Value):
    """One change of a deployment. Append-only; each row holds the hash of the one before it."""

    deployment_id: str
    seq: int
    """1, 2, 3 … within the deployment."""
    action: Action
    slot: Slot
    from_revision: str | None = None
    to_revision: str | None = None
    share: float = 0.0
    """Share of the sessions that go to the candidate from now on."""
    cycle_id: str | None = None
    gate_id: str | None = None
    actor: str
    """Who did it: a person's name, `cli`, a key's name, or `flywheel`."""
    reason: str
    """Why, in one sentence for people."""
    evidence: Evidence = {}
    """Numbers behind it, by name."""
    created_at: datetime
    prev_hash: str
    """`row_hash` of the row before; 64 zeros for the first."""
    row_hash: str
    """SHA-256 over every other field as canonical JSON."""
