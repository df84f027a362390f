"""When and how a deployment learns by itself: the form behind the policy, saved as one writes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from studio.domain.endpoints import PREFIX
from studio.domain.errors import Conflict, InvalidInput
from studio.domain.retraining import Mode, RetrainPolicy
from studio.ui.kit.choice import Choice
from studio.ui.pages.deployments.policy_fields import changed
from studio.ui.pages.deployments.words import ACTOR, MODES

if TYPE_CHECKING:
    from studio.services.container import Services

LOCAL = "local"


@dataclass(kw_only=True)
class PolicyForm:
    """What is written, what is kept, and why `auto` is locked."""

    services: Services
    deployment_id: str
    project_id: str
    policy: RetrainPolicy | None = None
    locked: str = ""
    """Why it may not go all the way by itself; empty when it may."""
    proves: tuple[str, ...] = ()
    """What its gate can prove, told before anything is trained."""
    versions: dict[str, str] = field(default_factory=dict)
    """Dataset versions of the project, id to words."""
    places: dict[str, str] = field(default_factory=dict)
    """Where one can train, by backend."""
    hosts: dict[str, str] = field(default_factory=dict)
    """Host that data would go to, by backend that lies elsewhere."""
    bases: dict[str, dict[str, str]] = field(default_factory=dict)
    """Base models that can be trained, by backend."""
    file: str = ""
    """The policy as `studio flywheel` takes it."""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def load(self) -> None:
        """Reads the policy and what can be chosen."""
        services = self.services
        self.policy = services.policies.get(self.deployment_id)
        self.locked = services.policies.auto_locked_because(self.deployment_id)
        self.proves = services.policies.proves(self.deployment_id)
        self.versions = {
            version.id: f"{dataset.name} v{version.number}"
            for dataset in services.datasets.all(self.project_id)
            for version in services.datasets.versions(dataset.id)
        }
        self.file = services.policies.to_yaml(self.deployment_id)
        self.bases = {LOCAL: {base.id: base.name for base in services.models.bases()}}
        self.places, self.hosts = {LOCAL: "This machine"}, {}
        for backend in services.training.places():
            if backend.startswith(PREFIX):
                endpoint = services.endpoints.get(backend.removeprefix(PREFIX))
                self.places[backend] = endpoint.name
                self.bases[backend] = {model: model for model in endpoint.trains}
                if endpoint.leaves_machine:
                    self.hosts[backend] = endpoint.host

    @property
    def now(self) -> RetrainPolicy:
        """The policy as it is written now."""
        if self.policy is None:
            raise Conflict("The policy was not read yet.", hint="Reload the page.")
        return self.policy

    def modes(self) -> list[Choice]:
        """How far it may go; what is locked says why."""
        return [
            Choice(
                value=mode,
                title=words.title,
                text=f"Locked. {self.locked}"
                if mode is Mode.AUTO and self.locked
                else (words.sentence),
            )
            for mode, words in MODES.items()
        ]

    def put(self, path: str, value: Any) -> None:
        """Takes what was written into one field.

        Raises:
            InvalidInput: when that cannot be.
            Conflict: when `auto` is locked.
        """
        if path == "mode" and value is Mode.AUTO and self.locked:
            raise Conflict(f"That is locked. {self.locked}", hint="Until then it asks you first.")
        with self.lock:
            try:
                self.policy = changed(self.now, path, value)
            except ValidationError as error:
                raise InvalidInput(_said(error), hint="Write another value.") from error

    def move(self, backend: str) -> None:
        """Trains elsewhere from now on; agreeing to that is a decision of its own."""
        with self.lock:
            self.policy = self.now.with_(backend=backend, agreed_to="", base_model="")

    def save(self) -> RetrainPolicy:
        """Keeps what is written as the next version."""
        with self.lock:
            kept = self.services.policies.save(self.now, actor=ACTOR)
            self.policy = kept
        return kept

    def pause(self, reason: str) -> None:
        """Lets it wait for a person."""
        self.services.policies.pause(self.deployment_id, reason.strip() or "Paused by a person.")
        self.policy = self.services.policies.get(self.deployment_id)

    def arm(self) -> None:
        """Lets it act again."""
        self.policy = self.services.policies.arm(self.deployment_id, actor=ACTOR)

    @property
    def asks(self) -> str:
        """Host that a person must agree to send data to; empty when none."""
        host = self.hosts.get(self.now.backend, "")
        return "" if self.now.agreed_to == host else host


def _said(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    return str(first["msg"]).removeprefix("Value error, ").rstrip(".") + "."
