"""Models: bring base models in, list what can be tuned and what can answer, and find its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from studio.domain.endpoints import PREFIX
from studio.domain.errors import Conflict, InvalidInput, NotFound, StudioError
from studio.domain.interfaces import ModelLibrary
from studio.domain.jobs import TERMINAL
from studio.domain.models import BaseModel, Fetch, ModelHandle, ModelVersion
from studio.services.fetching import Fetching
from studio.store import artifacts
from studio.store.jobs import JobStore
from studio.store.models import ModelStore

LONGEST_NAME = 120


def _silent(what: str, share: float | None) -> None:
    """Tells nobody."""


def _never() -> bool:
    """Never asks to stop."""
    return False


class Elsewhere(Protocol):
    """The part of the endpoint service that models need."""

    def models(self) -> dict[str, str]:
        """Returns id → name of every model that an endpoint offers."""

    def handle(self, model_id: str) -> ModelHandle:
        """Returns what a generator needs to answer as that model."""


class ModelService:
    """What a user can do with models."""

    def __init__(
        self,
        models: ModelStore,
        jobs: JobStore,
        library: ModelLibrary,
        changed: Callable[[], None] = lambda: None,
        elsewhere: Elsewhere | None = None,
        needed_by: Callable[[ModelVersion | BaseModel], str | None] = lambda version: None,
    ) -> None:
        """`changed` is called whenever a fetch has moved on, from any thread.

        `elsewhere` knows the models behind endpoints; None where there are none. `needed_by` says
        in words who needs a model now, None when nobody does.
        """
        self._needed_by = needed_by
        self._elsewhere = elsewhere
        self._models = models
        self._jobs = jobs
        self._library = library
        self._fetching = Fetching(self._pull, changed)

    def bases(self) -> list[BaseModel]:
        """Returns every base model, by name."""
        return self._models.bases()

    def base(self, model_id: str) -> BaseModel:
        """Returns the base model with that id, or raises NotFound."""
        return self._models.base(model_id)

    def versions(self, project_id: str | None = None) -> list[ModelVersion]:
        """Returns the tuned models of one project, or of all, newest first."""
        return self._models.versions(project_id)

    def version(self, version_id: str) -> ModelVersion:
        """Returns the tuned model with that id, or raises NotFound."""
        return self._models.version(version_id)

    def names(self) -> dict[str, str]:
        """Returns id → name of everything that can answer, base models first."""
        bases = {model.id: model.name for model in self._models.bases()}
        tuned = {version.id: version.name for version in self._models.versions()}
        return bases | tuned | (self._elsewhere.models() if self._elsewhere else {})

    def pull(
        self,
        name: str,
        *,
        progress: Callable[[str, float | None], None] = _silent,
        cancelled: Callable[[], bool] = _never,
    ) -> BaseModel:
        """Fetches a base model by hub id, or the starter model, and registers it.

        Fetching a model that is here already only checks its files. Conflict when `cancelled()`
        turned true meanwhile; nothing of it is kept then.
        """
        return self._pull(_usable(name), progress, cancelled)

    def start_pull(self, name: str) -> Fetch:
        """Begins to fetch a base model in the background; `pulls` tells how far it is."""
        return self._fetching.start(_usable(name))

    def pulls(self) -> list[Fetch]:
        """Returns the fetches in the background that are under way or have failed."""
        return self._fetching.all()

    def cancel_pull(self, fetch_id: str) -> None:
        """Stops a fetch in the background, or forgets one that failed; nothing of it is kept."""
        self._fetching.cancel(fetch_id)

    def close(self) -> None:
        """Stops the fetches in the background."""
        self._fetching.close()

    def _pull(
        self,
        name: str,
        progress: Callable[[str, float | None], None],
        cancelled: Callable[[], bool],
    ) -> BaseModel:
        model = self._library.pull(name, progress, cancelled)
        self._models.add_base(model)
        return model

    def add(self, folder: str | Path, name: str) -> BaseModel:
        """Copies a local model folder in under a name of its own and registers it."""
        model = self._library.add(Path(folder).expanduser(), _usable(name))
        self._models.add_base(model)
        return model

    def remove(self, model_id: str) -> None:
        """Forgets a base model and deletes its files; Conflict while something still needs it."""
        model = self._models.base(model_id)
        for version in self._models.versions():
            if version.base_id == model_id:
                raise Conflict(
                    f"{version.name} was tuned from {model.name} and cannot answer without it.",
                    hint="Keep the base model as long as its tuned models are in use.",
                )
        for job in self._jobs.all():
            if job.spec.base_id == model_id and job.status not in TERMINAL:
                raise Conflict(
                    f"The job {job.name} is training on {model.name}.",
                    hint="Wait until it ends, or cancel it first.",
                )
        self._refuse_needed(model)
        self._models.remove_base(model_id)
        self._library.remove(model)

    def remove_version(self, version_id: str) -> None:
        """Forgets a tuned model and deletes its adapter; the job that made it keeps its row.

        Raises:
            Conflict: while a measurement, another fine-tune or a deployment still needs it.
        """
        version = self._models.version(version_id)
        for job in self._jobs.all():
            if job.resumed_from == version.job_id and job.status not in TERMINAL:
                raise Conflict(
                    f"The job {job.name} goes on from {version.name}.",
                    hint="Wait until it ends, or cancel it first.",
                )
        self._refuse_needed(version)
        aside = artifacts.put_aside(Path(version.path)) if version.path else None
        try:
            self._models.remove_version(version_id)
        except StudioError:
            if aside is not None:
                aside.rename(version.path)
            raise
        if aside is not None:
            artifacts.discard(aside)

    def _refuse_needed(self, model: ModelVersion | BaseModel) -> None:
        if (user := self._needed_by(model)) is not None:
            raise Conflict(
                f"{model.name} is still needed: {user}.",
                hint="Wait until that ends, or end it first.",
            )

    def verify(self, model_id: str) -> None:
        """Checks a base model's files against its manifest; ModelRefused when one differs."""
        self._library.verify(self._models.base(model_id))

    def resolve(self, model_id: str) -> ModelHandle:
        """Returns what answers as that model, here or at an endpoint; NotFound otherwise."""
        if self._elsewhere and model_id.startswith(PREFIX):
            return self._elsewhere.handle(model_id)
        for base in self._models.bases():
            if base.id == model_id:
                return ModelHandle(
                    id=base.id,
                    name=base.name,
                    base_path=base.path,
                    base_manifest_sha256=base.manifest_sha256,
                )
        try:
            version = self._models.version(model_id)
        except NotFound as error:
            raise NotFound(
                f"There is no model {model_id}.", hint="`studio models list` shows them all."
            ) from error
        if version.endpoint:
            if self._elsewhere is None:
                raise NotFound(f"The endpoint {version.endpoint} of {version.name} is gone.")
            at_home = self._elsewhere.handle(f"{PREFIX}{version.endpoint}/{version.remote_model}")
            return at_home.with_(name=version.name)
        base = self._models.base(version.base_model)
        return ModelHandle(
            id=version.id,
            name=version.name,
            base_path=base.path,
            base_manifest_sha256=base.manifest_sha256,
            adapter_path=version.path,
            adapter_manifest_sha256=version.manifest_sha256,
        )


def _usable(name: str) -> str:
    """Returns the name with its spaces tidied, once it is known to be usable."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InvalidInput(
            f"A model name has 1 to {LONGEST_NAME} characters, this one has {len(name)}.",
            hint="Give a name as its publisher spells it, for example `Qwen/Qwen3-0.6B`.",
        )
    return name
