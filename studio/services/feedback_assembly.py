"""Feedback assembly: what people say of answers, and what is counted of it, put together."""

from __future__ import annotations

from typing import NamedTuple

from studio.domain.interfaces import RowReader, TextGenerator
from studio.services.curation import CurationService
from studio.services.deployed import Deployed
from studio.services.feedback import FeedbackService
from studio.services.feedback_counts import Facts, FeedbackCounts
from studio.services.feedback_import import FeedbackImportService
from studio.services.golden_wear import GoldenWear
from studio.services.models import ModelService
from studio.services.playground import PlaygroundService
from studio.services.retrain_facts import corrections_needed
from studio.services.retrain_policies import RetrainPolicyService
from studio.services.review import ReviewService
from studio.services.review_reading import ReviewReader
from studio.store.curation import CurationStore
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.deployments import DeploymentStore
from studio.store.feedback import FeedbackStore
from studio.store.gates import GateStore
from studio.store.retrain_policies import RetrainPolicyStore
from studio.store.retraining import RetrainingStore
from studio.store.reviews import ReviewStore


class Talking(NamedTuple):
    """The services."""

    feedback: FeedbackService
    playground: PlaygroundService
    review: ReviewService
    feedback_imports: FeedbackImportService


def talking(
    database: Database,
    models: ModelService,
    generator: TextGenerator,
    reader: RowReader,
    deployed: Deployed | None = None,
) -> Talking:
    """Returns what answers single questions, keeps what is said of them, and lets it be judged."""
    feedback = hearing(database)
    store = FeedbackStore(database)
    # What was counted notices reviews by itself: the store's stamp differs after each.
    review = ReviewService(ReviewStore(database), store)
    return Talking(
        feedback,
        PlaygroundService(store, models, generator, feedback, deployed),
        review,
        FeedbackImportService(
            store,
            reader,
            DeploymentStore(database).get,
            DatasetStore(database).source,
            feedback.recount,
        ),
    )


def hearing(database: Database) -> FeedbackService:
    """Returns the service on a database."""
    deployments, reviews, datasets = (
        DeploymentStore(database),
        ReviewReader(ReviewStore(database)),
        DatasetStore(database),
    )
    policies = RetrainPolicyService(
        RetrainPolicyStore(database),
        deployments,
        datasets.version,
        uses=GoldenWear(GateStore(database), datasets).uses,
    )
    curation = CurationService(
        CurationStore(database), datasets, reviews, deployments.get, policies.get
    )

    cycles = RetrainingStore(database)

    def facts(deployment_id: str) -> Facts:
        deployment, policy = deployments.get(deployment_id), policies.get(deployment_id)
        return Facts(
            name=deployment.name,
            may_train=deployment.may_train,
            corrections=curation.waiting(deployment_id).groups,
            pending=reviews.pending(deployment_id),
            needed=corrections_needed(policy, cycles.cycles(deployment_id)),
            corrected=frozenset(
                (one.feedback.inference_id, one.feedback.rater)
                for one in reviews.corrections(deployment_id)
            ),
        )

    store = FeedbackStore(database)
    return FeedbackService(store, FeedbackCounts(facts, store.stamp))
