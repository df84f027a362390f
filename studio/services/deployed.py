"""Deployed: who answers a request to a deployment, and what is kept of it when nobody could."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from studio.domain.datasets import Message
from studio.domain.deployments import Deployment, Revision, Slot, Variant
from studio.domain.errors import (
    BackendUnavailable,
    Conflict,
    InvalidInput,
    NotFound,
    StorageFailed,
    StudioError,
)
from studio.domain.feedback import Inference
from studio.domain.models import ModelHandle
from studio.domain.values import Value, new_id
from studio.store.feedback import FeedbackStore

LONGEST_SESSION = 200


class Routing(Protocol):
    """Who answers a session."""

    @property
    def revision(self) -> Revision:
        """What answers."""

    @property
    def variant(self) -> Variant:
        """Its slot."""


class Deployments(Protocol):
    """The part of the deployment service that is needed here."""

    def all(self, project_id: str | None = None) -> list[Deployment]:
        """Returns the deployments of one project, or of all."""

    def known(self, name: str) -> Deployment | None:
        """Returns the deployment of that name, or None."""

    def revision(self, revision_id: str) -> Revision:
        """Returns a revision, or raises NotFound."""

    def route(self, deployment: Deployment, session: str) -> Routing:
        """Returns who answers a session."""


class Arranging(Protocol):
    """The part of the arranger that is needed here."""

    def arrange(
        self, revision: Revision, conversations: Sequence[Sequence[Message]]
    ) -> list[tuple[Message, ...]]:
        """Returns the conversations as the revision's model is asked them."""

    def handle(self, revision: Revision) -> ModelHandle:
        """Returns its model, or raises NotFound."""


class Copying(Protocol):
    """What asks a revision once more in the background; see `Shadows`."""

    def put(self, revision: Revision, shown: Inference) -> None:
        """Lines a copy of an answered request up."""


class Picked(Value):
    """Who answers one request, picked once: a promotion meanwhile changes nothing for it."""

    name: str
    """The deployment's."""
    project_id: str
    revision: Revision
    variant: Variant
    session: str
    shadow: Revision | None = None
    """Answers a copy of it."""

    @property
    def marks(self) -> dict[str, str]:
        """The fields of an inference that say so."""
        return {
            "deployment_id": self.revision.deployment_id,
            "revision_id": self.revision.id,
            "variant": self.variant,
            "session": self.session,
        }


class Asking(NamedTuple):
    """A picked revision made ready to be asked."""

    handle: ModelHandle
    conversations: tuple[tuple[Message, ...], ...]
    """With its setup around them."""


class Deployed:
    """What `/v1` and the playground need of deployments."""

    def __init__(
        self,
        deployments: Deployments,
        arranger: Arranging,
        feedback: FeedbackStore,
        shadows: Copying,
    ) -> None:
        self._deployments, self._arranger = deployments, arranger
        self._feedback, self._shadows = feedback, shadows

    def all(self, project_id: str | None = None) -> list[Deployment]:
        """Returns the deployments that may be asked, of one project or of all."""
        return self._deployments.all(project_id)

    def find(self, name: str, project_id: str | None = None) -> Deployment | None:
        """Returns the deployment of that name; None for one that another project owns."""
        deployment = self._deployments.known(name)
        if deployment is None or project_id not in (None, deployment.project_id):
            return None
        return deployment

    def pick(self, deployment: Deployment, session: str = "") -> Picked:
        """Returns who answers; a request without a session is one of its own."""
        session = session.strip()[:LONGEST_SESSION] or new_id("session")
        routed = self._deployments.route(deployment, session)
        shadow = deployment.slots.get(Slot.SHADOW)
        return Picked(
            name=deployment.name,
            project_id=deployment.project_id,
            revision=routed.revision,
            variant=routed.variant,
            session=session,
            shadow=None if shadow is None else self._deployments.revision(shadow),
        )

    def asking(self, picked: Picked, conversations: Sequence[Sequence[Message]]) -> Asking:
        """Returns the model to ask, and what to ask it.

        Raises:
            BackendUnavailable: when the revision's model or documents are gone.
        """
        try:
            handle = self._arranger.handle(picked.revision)
            arranged = self._arranger.arrange(picked.revision, conversations)
        except NotFound as error:
            raise BackendUnavailable(
                f"{picked.revision.name}, which answers for {picked.name}, is not whole: "
                f"{error.message}",
                hint="Roll the deployment back, or promote another revision.",
            ) from error
        return Asking(handle, tuple(arranged))

    def answered(self, picked: Picked, kept: Sequence[Inference]) -> None:
        """Lets the shadow answer copies of what was answered and kept."""
        if picked.shadow is None:
            return
        for inference in kept:
            self._shadows.put(picked.shadow, inference)

    def failed(self, picked: Picked, wanted: Sequence[Inference], error: StudioError) -> None:
        """Keeps requests that were not answered, with the reason; a client's own mistake is none.

        A conversation that cannot be read is the client's mistake where nothing is put around it.
        """
        own = (Conflict, StorageFailed)
        if picked.revision.setup is None:
            own = (*own, InvalidInput)  # type: ignore[assignment]
        if not isinstance(error, own):
            said = error.message or type(error).__name__
            self._feedback.add_inferences([one.with_(error=said[:1000]) for one in wanted])
