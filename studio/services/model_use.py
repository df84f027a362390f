"""Model use: what is being asked of a model, so that it is not deleted meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from studio.domain import wire_names
from studio.domain.deployments import Deployment, Revision
from studio.domain.endpoints import PREFIX
from studio.domain.errors import NotFound
from studio.domain.evaluation import RunStatus
from studio.domain.models import BaseModel, ModelVersion
from studio.domain.wire_batches import ENDED
from studio.store.database import Database
from studio.store.deployments import DeploymentStore
from studio.store.evaluations import EvaluationStore
from studio.store.feedback import FeedbackStore
from studio.store.ladder import LadderStore
from studio.store.models import ModelStore
from studio.store.retraining import RetrainingStore
from studio.store.wire_batches import WireBatchStore

User = Callable[[ModelVersion | BaseModel], str | None]

UNDER_WAY = (RunStatus.QUEUED, RunStatus.RUNNING)


def needed_by(
    evaluations: EvaluationStore,
    ladder: LadderStore,
    batches: WireBatchStore,
    deployments: DeploymentStore | None = None,
) -> User:
    """Returns what says in words who needs a model now, None when nobody does."""

    def user(version: ModelVersion | BaseModel) -> str | None:
        if deployments is not None and (held := deployed(deployments, model_id=version.id)):
            return held
        if isinstance(version, BaseModel):
            return None
        for run in evaluations.all():
            if run.model_id == version.id and run.status in UNDER_WAY:
                return "an evaluation asks it"
        for rung in ladder.all():
            if rung.setup.model_id == version.id and rung.status in UNDER_WAY:
                return "the ladder measures it"
        called = wire_names.tuned(version.base_model, version.name, version.id)
        for batch in batches.all():
            if batch.model in (version.id, called) and batch.status not in ENDED:
                return "a batch asks it"
        return None

    return user


def of(database: Database) -> tuple[User, Callable[[str], str | None]]:
    """Returns what says who needs a model, and who needs a corpus, in one studio."""
    deployments = DeploymentStore(database)
    models = needed_by(
        EvaluationStore(database),
        LadderStore(database),
        WireBatchStore(database, FeedbackStore(database)),
        deployments,
    )
    cycles = RetrainingStore(database)

    def model_user(version: ModelVersion | BaseModel) -> str | None:
        return models(version) or _judged(cycles, version)

    return model_user, lambda corpus_id: deployed(deployments, corpus_id=corpus_id)


def server(database: Database) -> Callable[[str], str | None]:
    """Returns what says in words which deployment is answered through an endpoint, or None."""
    deployments, models = DeploymentStore(database), ModelStore(database)

    def lies_at(model_id: str) -> str:
        if model_id.startswith(PREFIX):
            return model_id.removeprefix(PREFIX).partition("/")[0]
        try:
            return models.version(model_id).endpoint
        except NotFound:
            return ""

    def user(name: str) -> str | None:
        for deployment, revision in deployments.in_slots():
            if lies_at(revision.model_id) == name:
                return _held(deployment, revision)
        return None

    return user


def _judged(cycles: RetrainingStore, version: ModelVersion | BaseModel) -> str | None:
    """Returns in words that a retraining has not ended which made a model, None otherwise."""
    job_id = None if isinstance(version, BaseModel) else version.job_id
    if any(job_id == cycle.job_id for cycle in cycles.unended() if job_id):
        return "a retraining made it and has not ended yet"
    return None


def deployed(
    deployments: DeploymentStore, *, model_id: str | None = None, corpus_id: str | None = None
) -> str | None:
    """Returns in words which deployment has a model or documents in a slot, None when none has."""
    for deployment, revision in deployments.in_slots():
        corpus = revision.setup.corpus_id if revision.setup else None
        if revision.model_id == model_id or (corpus_id is not None and corpus == corpus_id):
            return _held(deployment, revision)
    return None


def _held(deployment: Deployment, revision: Revision) -> str:
    slots = " and ".join(sorted(deployment.holds(revision.id)))
    return f"it is in use by the deployment {deployment.name}, as {slots}"
