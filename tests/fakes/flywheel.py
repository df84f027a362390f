"""Neighbours of the retraining machine that can be looked into: deployments, policies, and more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from studio.domain.datasets import Message
from studio.domain.deployments import Deployment, Evidence, Revision, Slot, Variant
from studio.domain.errors import StudioError
from studio.domain.models import ModelHandle
from studio.domain.retraining import RetrainPolicy
from studio.store.database import Database
from studio.store.deployments import Also, nothing_else
from tests.unit.store.cycles import NOON


class Routed(NamedTuple):
    """Who answers."""

    revision: Revision
    variant: Variant


class FakeDeployments:
    """Slots in memory; what is written beside them goes into the database as it should."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.kept: dict[str, Deployment] = {}
        self.revisions: dict[str, Revision] = {}
        self.acts: list[tuple[str, str]] = []
        """Every change: what was done, and the reason."""
        self.broken: set[str] = set()
        """Revisions that do not answer."""

    def put(self, deployment: Deployment, *revisions: Revision) -> None:
        """Adds a deployment with its revisions."""
        self.kept[deployment.id] = deployment
        self.revisions.update({revision.id: revision for revision in revisions})

    def all(self, project_id: str | None = None) -> list[Deployment]:
        return list(self.kept.values())

    def get(self, deployment_id: str) -> Deployment:
        return self.kept[deployment_id]

    def revision(self, revision_id: str) -> Revision:
        return self.revisions[revision_id]

    def add_revision(self, deployment_id: str, **given: Any) -> Revision:
        id = given.pop("revision_id")
        if id not in self.revisions:
            self.revisions[id] = Revision(
                id=id,
                deployment_id=deployment_id,
                number=len(self.revisions) + 1,
                created_at=NOON,
                **given,
            )
        return self.revisions[id]

    def check(self, revision_id: str) -> object:
        if revision_id in self.broken:
            raise StudioError(f"{revision_id} does not load.")
        return None

    def route(self, deployment: Deployment, session: str) -> Routed:
        return Routed(self.revisions[deployment.slots[Slot.CHAMPION]], "champion")

    def place(
        self,
        deployment_id: str,
        slot: Slot,
        revision_id: str,
        *,
        actor: str,
        reason: str,
        share: float | None = None,
        evidence: Evidence | None = None,
        cycle_id: str | None = None,
        gate_id: str | None = None,
        also: Also = nothing_else,
    ) -> Deployment:
        before = self.kept[deployment_id]
        slots = {**before.slots, slot: revision_id}
        after = before.with_(slots=slots, share=before.share if share is None else share)
        return self._done(f"place {slot}", reason, after, also)

    def split(
        self,
        deployment_id: str,
        share: float,
        *,
        actor: str,
        reason: str,
        evidence: Evidence | None = None,
        cycle_id: str | None = None,
        also: Also = nothing_else,
    ) -> Deployment:
        after = self.kept[deployment_id].with_(share=share)
        return self._done(f"split {share}", reason, after, also)

    def promote(
        self,
        deployment_id: str,
        revision_id: str | None = None,
        *,
        actor: str,
        reason: str,
        evidence: Evidence | None = None,
        cycle_id: str | None = None,
        gate_id: str | None = None,
        also: Also = nothing_else,
    ) -> Deployment:
        before = self.kept[deployment_id]
        slots = {
            **before.slots,
            Slot.CHAMPION: revision_id or before.slots[Slot.CANDIDATE],
            Slot.PREVIOUS: before.slots[Slot.CHAMPION],
        }
        slots.pop(Slot.CANDIDATE, None)
        return self._done("promote", reason, before.with_(slots=slots, share=0), also)

    def rollback(
        self,
        deployment_id: str,
        *,
        actor: str,
        reason: str,
        evidence: Evidence | None = None,
        cycle_id: str | None = None,
        also: Also = nothing_else,
    ) -> Deployment:
        before = self.kept[deployment_id]
        slots = dict(before.slots)
        bad = slots.pop(Slot.CANDIDATE, None)
        if bad is None:
            bad, slots[Slot.CHAMPION] = slots[Slot.CHAMPION], slots.pop(Slot.PREVIOUS)
        self.check(slots[Slot.CHAMPION])
        done = self._done("rollback", reason, before.with_(slots=slots, share=0), also)
        self.revisions[bad] = self.revisions[bad].with_(quarantined=True)
        return done

    def clear(
        self,
        deployment_id: str,
        slot: Slot,
        *,
        actor: str,
        reason: str,
        quarantine: bool = False,
        evidence: Evidence | None = None,
        cycle_id: str | None = None,
        also: Also = nothing_else,
    ) -> Deployment:
        before = self.kept[deployment_id]
        slots = dict(before.slots)
        out = slots.pop(slot)
        done = self._done(f"clear {slot}", reason, before.with_(slots=slots), also)
        if quarantine:
            self.revisions[out] = self.revisions[out].with_(quarantined=True)
        return done

    def _done(self, act: str, reason: str, after: Deployment, also: Also) -> Deployment:
        with self._database.write() as cursor:
            also(cursor)
        self.kept[after.id] = after
        self.acts.append((act, reason))
        return after


class FakePolicies:
    """Policies in memory."""

    def __init__(self, *policies: RetrainPolicy) -> None:
        self.kept = {policy.deployment_id: policy for policy in policies}

    def get(self, deployment_id: str) -> RetrainPolicy:
        return self.kept[deployment_id]

    def pause(self, deployment_id: str, reason: str) -> None:
        self.kept[deployment_id] = self.kept[deployment_id].with_(paused_because=reason)


class FakeArranger:
    """Puts nothing around questions; a handle has the model's id and nothing else."""

    def arrange(
        self, revision: Revision, conversations: Sequence[Sequence[Message]]
    ) -> list[tuple[Message, ...]]:
        return [tuple(conversation) for conversation in conversations]

    def handle(self, revision: Revision) -> ModelHandle:
        return ModelHandle(id=revision.model_id, name=revision.name, base_path="")


class Ear:
    """Hears what people would be told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def __call__(self, event: str, deployment_id: str, sentence: str, details: Evidence) -> None:
        self.heard.append((event, sentence))

    @property
    def events(self) -> list[str]:
        """The names of what was told."""
        return [event for event, _ in self.heard]
