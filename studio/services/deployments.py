"""Deployments: names that stay while what answers behind them changes, and why it did."""

from __future__ import annotations

import secrets
from typing import NamedTuple, Protocol

from pydantic import ValidationError

from studio.core.feedback import ledger, routing
from studio.core.feedback.slots import Change
from studio.domain.deployments import (
    Action,
    Deployment,
    LedgerRow,
    Revision,
    Slot,
    Variant,
)
from studio.domain.errors import Conflict, InvalidInput
from studio.domain.interfaces import Answer
from studio.domain.ladder import RungSetup
from studio.domain.values import new_id, now
from studio.services.deployment_changes import SlotChanges, Trying, row_of
from studio.store.deployments import DeploymentStore, found, nothing_else


class Routed(NamedTuple):
    """Who answers a session."""

    revision: Revision
    variant: Variant
    """Its slot."""


class Making(Trying, Protocol):
    """What brings revisions about; see `Revisions`."""

    def made(
        self,
        deployment_id: str,
        *,
        model_id: str,
        setup: RungSetup | None,
        suite_version_id: str | None,
        name: str,
        dataset_version_id: str | None,
        cycle_id: str | None,
        revision_id: str | None,
    ) -> Revision:
        """Returns a new revision, not kept; its model is there, and asked as it was taught."""

    def taken(self, name: str) -> bool:
        """Says whether a model already answers under that name."""


class DeploymentService(SlotChanges):
    """What a user can do with deployments."""

    def __init__(self, store: DeploymentStore, revisions: Making) -> None:
        super().__init__(store, revisions)
        self._revisions = revisions

    def create(
        self,
        *,
        project_id: str,
        name: str,
        model_id: str,
        setup: RungSetup | None = None,
        suite_version_id: str | None = None,
        description: str = "",
        actor: str = "",
    ) -> Deployment:
        """Makes a deployment; its first revision is champion and anchor.

        Raises:
            InvalidInput: when the name is not one for web addresses.
            Conflict: when the name is taken.
            NotFound: when there is no such model.
        """
        if self._revisions.taken(name):
            raise Conflict(
                f"{name} is the name of a model, which clients would no longer reach.",
                hint="Choose another name.",
            )
        deployment = _named(project_id, name, description)
        revision = self._revisions.made(
            deployment.id,
            model_id=model_id,
            setup=setup,
            suite_version_id=suite_version_id,
            name="",
            dataset_version_id=None,
            cycle_id=None,
            revision_id=None,
        )
        deployment = deployment.with_(
            slots={Slot.CHAMPION: revision.id, Slot.ANCHOR: revision.id}, seq=1
        )
        first = Change(deployment, Action.CREATE, Slot.CHAMPION, None, revision.id)
        row = row_of(first, actor=actor, reason="The deployment was created.")
        self._store.add(deployment, revision, row, nothing_else)
        return deployment

    def all(self, project_id: str | None = None) -> list[Deployment]:
        """Returns the deployments of one project, or of all, by name."""
        return self._store.all(project_id)

    def get(self, deployment_id: str) -> Deployment:
        """Returns the deployment with that id, or raises NotFound."""
        return self._store.get(deployment_id)

    def named(self, name: str) -> Deployment:
        """Returns the deployment of that name, or raises NotFound."""
        return found(self._store.named(name), name)

    def known(self, name: str) -> Deployment | None:
        """Returns the deployment of that name, or None."""
        return self._store.named(name)

    def change(
        self, deployment_id: str, *, description: str | None = None, may_train: bool | None = None
    ) -> Deployment:
        """Changes what is said of a deployment, and whether it may learn from what it is asked."""
        changed = self.get(deployment_id)
        if description is not None:
            changed = changed.with_(description=description.strip())
        if may_train is not None:
            changed = changed.with_(may_train=may_train)
        self._store.describe(changed)
        return changed

    def open_link(self, deployment_id: str) -> Deployment:
        """Opens its feedback page under a new secret address; an earlier one leads nowhere."""
        opened = self.get(deployment_id).with_(link=secrets.token_urlsafe(24))
        self._store.describe(opened)
        return opened

    def close_link(self, deployment_id: str) -> Deployment:
        """Closes its feedback page."""
        closed = self.get(deployment_id).with_(link="")
        self._store.describe(closed)
        return closed

    def by_link(self, token: str) -> Deployment | None:
        """Returns the deployment whose feedback page has that secret, None when none has."""
        return self._store.by_link(token) if token else None

    def revisions(self, deployment_id: str) -> list[Revision]:
        """Returns its revisions, newest first."""
        return self._store.revisions(deployment_id)

    def revision(self, revision_id: str) -> Revision:
        """Returns the revision with that id, or raises NotFound."""
        return self._store.revision(revision_id)

    def add_revision(
        self,
        deployment_id: str,
        *,
        model_id: str,
        setup: RungSetup | None = None,
        suite_version_id: str | None = None,
        name: str = "",
        dataset_version_id: str | None = None,
        cycle_id: str | None = None,
        revision_id: str | None = None,
    ) -> Revision:
        """Adds a way to answer, in no slot yet; the same `revision_id` twice is the same one."""
        if revision_id is not None and (known := self._store.known_revision(revision_id)):
            return known
        self.get(deployment_id)
        made = self._revisions.made(
            deployment_id,
            model_id=model_id,
            setup=setup,
            suite_version_id=suite_version_id,
            name=name,
            dataset_version_id=dataset_version_id,
            cycle_id=cycle_id,
            revision_id=revision_id,
        )
        return self._store.add_revision(made)

    def ledger(self, deployment_id: str) -> list[LedgerRow]:
        """Returns every change of a deployment, oldest first."""
        self.get(deployment_id)
        return self._store.ledger(deployment_id)

    def verify(self, deployment_id: str) -> int | None:
        """Returns the number of the first ledger row that was tampered with; None: all is well."""
        deployment = self.get(deployment_id)
        return ledger.first_broken(self._store.ledger(deployment_id), deployment.seq)

    def check(self, revision_id: str) -> Answer:
        """Loads a revision and lets it answer a canned question; raises what stands in the way."""
        return self._revisions.tried(self.revision(revision_id))

    def route(self, deployment: Deployment, session: str) -> Routed:
        """Returns who answers a session; the same session, the same slot."""
        candidate = deployment.slots.get(Slot.CANDIDATE)
        if candidate is not None and routing.is_candidates(
            session, deployment.salt, deployment.share
        ):
            return Routed(self.revision(candidate), "candidate")
        return Routed(self.revision(deployment.slots[Slot.CHAMPION]), "champion")


def _named(project_id: str, name: str, description: str) -> Deployment:
    try:
        return Deployment(
            id=new_id("deployment"),
            project_id=project_id,
            name=name,
            description=description.strip(),
            salt=secrets.token_hex(8),
            created_at=now(),
        )
    except ValidationError as error:
        raise InvalidInput(
            f"A deployment cannot be called {name[:80]!r}.",
            hint="Use small letters, digits and hyphens, as in `support-router`.",
            param="name",
        ) from error
