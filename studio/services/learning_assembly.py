"""Learning assembly: policies, and what is gathered for a cycle, put together on one database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from studio.domain.costing import Figure
from studio.domain.interfaces import TrainingBackend
from studio.domain.tuning_terms import TuningTerms
from studio.domain.values import now
from studio.services.curation import CurationService
from studio.services.feedback_exports import FeedbackExportService
from studio.services.golden_wear import GoldenWear
from studio.services.retrain_places import RetrainPlaces, Surroundings
from studio.services.retrain_policies import RetrainPolicyService
from studio.services.review_reading import ReviewReader
from studio.services.training import TrainingService
from studio.store.curation import CurationStore
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.deployments import DeploymentStore
from studio.store.feedback_rows import FeedbackRowStore
from studio.store.gates import GateStore
from studio.store.models import ModelStore
from studio.store.retrain_policies import RetrainPolicyStore
from studio.store.reviews import ReviewStore


class Learning(NamedTuple):
    """What decides when a deployment learns, and from what."""

    policies: RetrainPolicyService
    curation: CurationService
    feedback_exports: FeedbackExportService


def learning(database: Database, *, changed: Callable[[], None]) -> Learning:
    """Returns them on a database; `changed` hears when a policy is not what it was."""
    datasets, deployments = DatasetStore(database), DeploymentStore(database)
    policies = RetrainPolicyService(
        RetrainPolicyStore(database),
        deployments,
        datasets.version,
        uses=GoldenWear(GateStore(database), datasets).uses,
        changed=changed,
    )
    curations, approvals = CurationStore(database), ReviewReader(ReviewStore(database))
    find = (deployments.get, policies.get)
    return Learning(
        policies=policies,
        curation=CurationService(curations, datasets, approvals, *find),
        feedback_exports=FeedbackExportService(
            FeedbackRowStore(database), curations, datasets, approvals, *find
        ),
    )


def training_places(
    database: Database,
    *,
    training: TrainingService,
    backends: Mapping[str, TrainingBackend],
    terms: Callable[[str, str], TuningTerms],
    hour: Callable[[str], Figure],
) -> RetrainPlaces:
    """Returns who chooses where cycles train.

    Args:
        database: where everything is kept.
        training: plans runs.
        backends: where runs can be.
        terms: backend, model → until when it can be tuned and asked.
        hour: project → USD for an hour of this machine.
    """
    deployments = DeploymentStore(database)
    return RetrainPlaces(
        Surroundings(
            training=training,
            backends=backends,
            deployment=deployments.get,
            revision=deployments.revision,
            model_version=ModelStore(database).version,
            terms=terms,
            hour=hour,
            clock=now,
        )
    )
