"""Retrain policies: when and how a deployment learns by itself, and who may let it go how far."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import pydantic

from studio.core.feedback import gate_proofs, power
from studio.domain.datasets import DatasetVersion
from studio.domain.deployments import Deployment, Revision, Slot
from studio.domain.errors import Conflict, InvalidInput
from studio.domain.retraining import Mode, RetrainPolicy
from studio.domain.training import Hyperparameters
from studio.domain.values import now
from studio.services import policy_files
from studio.store.retrain_policies import RetrainPolicyStore

GOLDEN_FOR_AUTO = 100
"""Reference questions below which nothing goes all the way by itself."""
HELD_OUT = 0.2
"""Share of corrections that is never trained on."""


class Deployments(Protocol):
    """What policies need to know of deployments."""

    def get(self, deployment_id: str) -> Deployment:
        """Returns one, or raises NotFound."""

    def revisions(self, deployment_id: str) -> list[Revision]:
        """Returns every way in which it could answer."""


class RetrainPolicyService:
    """What a user can say about when deployments learn."""

    def __init__(
        self,
        store: RetrainPolicyStore,
        deployments: Deployments,
        version: Callable[[str], DatasetVersion],
        *,
        uses: Callable[[RetrainPolicy], int],
        changed: Callable[[], None] = lambda: None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """Keeps what policies are made with.

        Args:
            store: where they are kept.
            deployments: whose they are.
            version: finds a dataset version or raises NotFound.
            uses: how many gates have asked a policy's reference questions.
            changed: hears of every change.
            clock: tells the time.
        """
        self._store, self._deployments, self._version = store, deployments, version
        self._uses, self._changed, self._clock = uses, changed, clock

    def get(self, deployment_id: str) -> RetrainPolicy:
        """Returns the policy; the default, whose version is 0, where none was saved."""
        kept = self._store.newest(deployment_id)
        return self._default(deployment_id) if kept is None else kept

    def versions(self, deployment_id: str) -> list[RetrainPolicy]:
        """Returns every version that was saved, first one first."""
        return self._store.versions(deployment_id)

    def save(self, policy: RetrainPolicy, *, actor: str) -> RetrainPolicy:
        """Saves the next version and returns it; whether it is paused stays as it was.

        Raises:
            InvalidInput: for settings that cannot be.
            Conflict: when somebody saved a version since this one was read, or `auto` is locked.
            NotFound: when there is no such deployment or dataset version.
        """
        kept = self.get(policy.deployment_id)
        if policy.version != kept.version:
            raise Conflict(
                f"The policy is at version {kept.version} by now, not {policy.version}.",
                hint="Reload it, then change it again.",
            )
        self._refuse_nonsense(policy)
        if policy.mode is Mode.AUTO:
            locked = self._locked(policy)
            if locked:
                raise Conflict(
                    f"Going all the way by itself is not unlocked. {locked}",
                    hint=f"Choose {Mode.TRAIN_THEN_ASK} until then.",
                )
        return self._add(policy.with_(paused_because=kept.paused_because), actor)

    def auto_locked_because(self, deployment_id: str) -> str:
        """Says why a deployment may not go all the way by itself; empty when it may."""
        return self._locked(self.get(deployment_id))

    def proves(self, deployment_id: str) -> tuple[str, ...]:
        """Says what its gate can prove with the questions there are, before anything is trained.

        Of the corrections that begin a cycle a fifth is held out, as the split is.
        """
        policy = self.get(deployment_id)
        held_out = round(policy.min_new_corrections * HELD_OUT)
        seen = power.outlook(policy.gate, self._questions(policy), held_out)
        uses = self._uses(policy)
        return (*seen.sentences, gate_proofs.wear(uses)) if uses else seen.sentences

    def arm(self, deployment_id: str, *, actor: str) -> RetrainPolicy:
        """Lets a deployment learn again after it was paused or switched off."""
        policy = self.get(deployment_id)
        if policy.enabled and not policy.paused_because and policy.version:
            return policy
        return self._add(policy.with_(enabled=True, paused_because=""), actor)

    def pause(self, deployment_id: str, reason: str) -> RetrainPolicy:
        """Lets a deployment wait until a person arms it; a reason that stands already stays."""
        policy = self.get(deployment_id)
        if policy.paused_because:
            return policy
        return self._add(policy.with_(paused_because=reason or "Paused."), "flywheel")

    def armed_at(self, deployment_id: str) -> datetime | None:
        """Returns when a person last armed it after a pause; None when that never happened."""
        found = None
        paused = False
        for policy in self._store.versions(deployment_id):
            if paused and not policy.paused_because:
                found = policy.created_at
            paused = bool(policy.paused_because)
        return found

    def to_yaml(self, deployment_id: str) -> str:
        """Returns the policy as a file that `from_yaml` takes back."""
        return policy_files.written(self.get(deployment_id))

    def from_yaml(self, deployment_id: str, text: str, *, actor: str) -> RetrainPolicy:
        """Saves what a file says; settings it leaves out stay as they are.

        Raises:
            InvalidInput: naming the line at fault.
            Conflict: when `auto` is locked.
        """
        return self.save(policy_files.read(text, self.get(deployment_id)), actor=actor)

    def _default(self, deployment_id: str) -> RetrainPolicy:
        deployment = self._deployments.get(deployment_id)
        return RetrainPolicy(
            deployment_id=deployment_id,
            version=0,
            dataset_version_id=self._original(deployment),
            created_at=deployment.created_at,
        )

    def _original(self, deployment: Deployment) -> str | None:
        """Returns what the model was tuned on before any cycle, or its shots were taken from."""
        revisions = {
            revision.id: revision for revision in self._deployments.revisions(deployment.id)
        }
        slots = [deployment.slots.get(slot) for slot in (Slot.CHAMPION, Slot.ANCHOR)]
        preferred = [revisions[held] for held in slots if held in revisions]
        for revision in (*preferred, *sorted(revisions.values(), key=lambda one: one.number)):
            data = revision.dataset_version_id or revision.suite_version_id
            # What a cycle made holds the corrections too: it is a result, not the original data.
            if data is not None and revision.cycle_id is None:
                return data
        return None

    def _locked(self, policy: RetrainPolicy) -> str:
        golden = self._questions(policy)
        missing = []
        if not self._store.approved_cycles(policy.deployment_id):
            missing.append("a person must have approved one cycle of this deployment")
        if golden < GOLDEN_FOR_AUTO:
            missing.append(f"its reference set needs {GOLDEN_FOR_AUTO} questions and has {golden}")
        said = ", and ".join(missing)
        return f"{said[:1].upper()}{said[1:]}." if said else ""

    def _questions(self, policy: RetrainPolicy) -> int:
        """Returns how many reference questions there are."""
        version_id = policy.golden_version_id or policy.dataset_version_id
        if version_id is None:
            return 0
        return self._version(version_id).splits.get(policy.golden_split, 0)

    def _refuse_nonsense(self, policy: RetrainPolicy) -> None:
        self._deployments.get(policy.deployment_id)
        versions = (policy.dataset_version_id, policy.golden_version_id, policy.safety_version_id)
        for version_id in versions:
            if version_id is not None:
                self._version(version_id)
        try:
            Hyperparameters().with_(**policy.hyperparameters)
        except pydantic.ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            named = ".".join(map(str, first["loc"]))
            raise InvalidInput(
                f"hyperparameters.{named}: {first['msg']}.",
                hint=f"Those that can be set are {', '.join(Hyperparameters.model_fields)}.",
            ) from error

    def _add(self, policy: RetrainPolicy, actor: str) -> RetrainPolicy:
        added = policy.with_(version=policy.version + 1, changed_by=actor, created_at=self._clock())
        self._store.add(added)
        self._changed()
        return added
