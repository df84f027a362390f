"""Wire models: what answers at `/v1`, under the names that clients of the OpenAI wire use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Literal, Protocol

from studio.domain import wire_names
from studio.domain.deployments import Deployment
from studio.domain.endpoints import PREFIX, Endpoint, named
from studio.domain.errors import InvalidInput, NotFound
from studio.domain.interfaces import TextEmbedder
from studio.domain.jobs import Checkpoint
from studio.domain.models import ModelHandle, ModelVersion
from studio.domain.values import Value
from studio.services.models import ModelService

EMBEDDER_OF = datetime.fromisoformat("2021-08-30T00:00:00+00:00")
"""Moment told for the embedding model: the wire insists on one, and it was published then."""


DEPLOYED_BY = "ladder-studio"
"""Owner told for a deployment: what answers behind its name is the studio's business."""


class WireModel(Value):
    """A model as `/v1/models` lists it."""

    id: str
    created_at: datetime
    owned_by: str


class Answering(Value):
    """A model that was asked for by name."""

    name: str
    """Its own name on the wire, whichever one the client used."""
    handle: ModelHandle
    place: Literal["here", "endpoint"]
    project_id: str | None
    """Project of a tuned model; None for a model that belongs to all."""


class Endpoints(Protocol):
    """The part of the endpoint service that is needed here."""

    def all(self) -> list[Endpoint]:
        """Returns every endpoint."""

    def models(self) -> dict[str, str]:
        """Returns id → name of every model that an endpoint offers."""


class WireModelService:
    """What a client can do with models."""

    def __init__(
        self,
        models: ModelService,
        endpoints: Endpoints,
        embedder: TextEmbedder,
        checkpoints: Callable[[str], Sequence[Checkpoint]] = lambda job_id: (),
        deployments: Callable[[str | None], Sequence[Deployment]] = lambda project_id: (),
    ) -> None:
        """`checkpoints` returns those of a job that are still kept and can be asked.

        `deployments` returns those of one project, or all; they are asked like models.
        """
        self._models, self._endpoints, self._embedder = models, endpoints, embedder
        self._checkpoints, self._deployments = checkpoints, deployments

    def all(self, project_id: str | None = None) -> list[WireModel]:
        """Returns what can be asked, newest first; tuned models of one project, or of all."""
        found: dict[str, WireModel] = {}
        for model in self._listed(project_id):
            found.setdefault(model.id, model)
        return sorted(found.values(), key=lambda model: (-model.created_at.timestamp(), model.id))

    def get(self, name: str, project_id: str | None = None) -> WireModel:
        """Returns one of them, or raises NotFound."""
        for model in self._listed(project_id):
            if model.id == name:
                return model
        if not name.startswith((wire_names.TUNED, "model_")):
            raise unknown(name)
        version, step = self._version(name, project_id)
        if step is None:
            return _tuned(version)
        self._at_step(version, step)
        return _tuned(version).with_(id=wire_names.checkpoint(called(version), step))

    def resolve(self, name: str, project_id: str | None = None) -> Answering:
        """Returns what answers under that name; with a project, only its tuned models do.

        Base models are known by their short name and by their publisher's, tuned ones by
        `ft:…` and by their id in the studio, those behind endpoints by `endpoint:NAME/MODEL`.

        Raises:
            NotFound: when nothing answers under that name.
        """
        if name.startswith(PREFIX):
            return self._behind_endpoint(name)
        for base in self._models.bases():
            if name in (base.id, base.name):
                handle = self._models.resolve(base.id)
                return Answering(name=base.id, handle=handle, place="here", project_id=None)
        if name == self.embedder():
            raise InvalidInput(
                f"{name} makes vectors of texts and does not answer.",
                hint="Send it to /embeddings.",
                param="model",
            )
        version, step = self._version(name, project_id)
        return Answering(
            name=called(version) if step is None else wire_names.checkpoint(called(version), step),
            handle=self._models.resolve(version.id)
            if step is None
            else self._at_step(version, step),
            place="endpoint" if version.endpoint else "here",
            project_id=version.project_id,
        )

    def embedder(self) -> str:
        """Returns the name of the model that makes vectors."""
        return self._embedder.name().partition("@")[0]

    def remove(self, name: str, project_id: str | None = None) -> str:
        """Deletes a tuned model with its files and returns its name.

        Raises:
            NotFound: when there is none of that name.
            InvalidInput: for any other model.
            Conflict: while something still needs it.
        """
        if not name.startswith((wire_names.TUNED, "model_")):
            self.get(name, project_id)
            raise InvalidInput(
                f"{name} is not a tuned model; only those can be deleted here.",
                hint="Base models, deployments and endpoints are removed in the studio.",
                param="model",
            )
        version, step = self._version(name, project_id)
        if step is not None:
            raise InvalidInput("A checkpoint goes with its model.", param="model")
        self._models.remove_version(version.id)
        return called(version)

    def _listed(self, project_id: str | None) -> Iterator[WireModel]:
        for deployment in self._deployments(project_id):
            yield WireModel(
                id=deployment.name, created_at=deployment.created_at, owned_by=DEPLOYED_BY
            )
        for base in self._models.bases():
            publisher = base.name.partition("/")[0] if "/" in base.name else "local"
            yield WireModel(id=base.id, created_at=base.created_at, owned_by=publisher)
        yield WireModel(
            id=self.embedder(), created_at=EMBEDDER_OF, owned_by="sentence-transformers"
        )
        for version in self._models.versions(project_id):
            yield _tuned(version)
        since = {endpoint.name: endpoint.created_at for endpoint in self._endpoints.all()}
        for name in self._endpoints.models():
            place, _ = named(name)
            if place in since:
                yield WireModel(id=name, created_at=since[place], owned_by=place)

    def _behind_endpoint(self, name: str) -> Answering:
        try:
            handle = self._models.resolve(name)
        except NotFound as error:
            raise unknown(name) from error
        return Answering(name=name, handle=handle, place="endpoint", project_id=None)

    def _at_step(self, version: ModelVersion, step: int) -> ModelHandle:
        for kept in self._checkpoints(version.job_id):
            if kept.step == step and kept.artifact is not None:
                return self._models.resolve(version.id).with_(
                    id=f"{version.id}-{step}",
                    name=f"{version.name}, step {step}",
                    adapter_path=kept.artifact,
                    adapter_manifest_sha256=kept.manifest_sha256,
                )
        raise NotFound(
            f"The checkpoint of step {step} of {version.name} is not kept.",
            hint="Ask the finished model, or a later checkpoint.",
            param="model",
            code="model_not_found",
        )

    def _version(self, name: str, project_id: str | None) -> tuple[ModelVersion, int | None]:
        whole, step = wire_names.parted(name)
        for version in self._models.versions(project_id):
            if whole in (version.id, called(version)):
                return version, step
        raise unknown(name)


def called(version: ModelVersion) -> str:
    """Returns the name of a tuned model on the wire."""
    if version.endpoint:
        return f"{PREFIX}{version.endpoint}/{version.remote_model}"
    return wire_names.tuned(version.base_model, version.name, version.id)


def unknown(name: str) -> NotFound:
    """Returns the error for a name under which nothing answers."""
    return NotFound(
        f"The model {name[:200]!r} does not exist, or this key may not use it.",
        hint="GET /v1/models lists the models.",
        param="model",
        code="model_not_found",
    )


def _tuned(version: ModelVersion) -> WireModel:
    owner = version.endpoint or wire_names.ORGANISATION
    return WireModel(id=called(version), created_at=version.created_at, owned_by=owner)
