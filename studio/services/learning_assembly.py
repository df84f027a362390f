"""Learning assembly: policies, and what is gathered for a cycle, put together on one database."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from studio.services.curation import CurationService
from studio.services.retrain_policies import RetrainPolicyService
from studio.services.review_reading import ReviewReader
from studio.store.curation import CurationStore
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.deployments import DeploymentStore
from studio.store.retrain_policies import RetrainPolicyStore
from studio.store.reviews import ReviewStore


class Learning(NamedTuple):
    """What decides when a deployment learns, and from what."""

    policies: RetrainPolicyService
    curation: CurationService


def learning(database: Database, *, changed: Callable[[], None]) -> Learning:
    """Returns both on a database; `changed` hears when a policy is not what it was."""
    datasets, deployments = DatasetStore(database), DeploymentStore(database)
    policies = RetrainPolicyService(
        RetrainPolicyStore(database), deployments, datasets.version, changed=changed
    )
    curation = CurationService(
        CurationStore(database),
        datasets,
        ReviewReader(ReviewStore(database)),
        deployments.get,
        policies.get,
    )
    return Learning(policies=policies, curation=curation)
