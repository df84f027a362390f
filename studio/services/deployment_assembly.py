"""Deployment assembly: slots, revisions and what is put around questions, put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from studio.domain.interfaces import TextGenerator
from studio.services.arranging import Arranger
from studio.services.deployed import Deployed
from studio.services.deployments import DeploymentService
from studio.services.ladder_parts import Estimating, Retrieving
from studio.services.ladder_prompts import PromptMaker
from studio.services.models import ModelService
from studio.services.revisions import Revisions
from studio.services.shadows import Shadows
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.deployments import DeploymentStore
from studio.store.feedback import FeedbackStore


class Deploying(NamedTuple):
    """What deployments are made of."""

    deployments: DeploymentService
    arranger: Arranger
    deployed: Deployed
    """What `/v1` and the playground ask."""
    shadows: Shadows


def deploying(
    database: Database,
    *,
    models: ModelService,
    retrieval: Retrieving,
    estimates: Estimating,
    generator: TextGenerator,
    answers_already: Callable[[str], bool],
) -> Deploying:
    """Returns the services on a database; `answers_already` knows the names of models."""
    datasets = DatasetStore(database)
    arranger = Arranger(models, PromptMaker(datasets, models, retrieval, estimates))
    revisions = Revisions(models, datasets, arranger, generator, answers_already)
    deployments = DeploymentService(DeploymentStore(database), revisions)
    feedback = FeedbackStore(database)
    shadows = Shadows(arranger, generator, feedback)
    deployed = Deployed(deployments, arranger, feedback, shadows)
    return Deploying(deployments, arranger, deployed, shadows)
