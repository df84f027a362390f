"""The ladder put together from its stores and its neighbours."""

from __future__ import annotations

from collections.abc import Callable

from studio.core.ladder.templates import TEMPLATES
from studio.domain.datasets import Split
from studio.domain.interfaces import RowReader, TextGenerator
from studio.services.answers import AnswerDesk
from studio.services.charters import CharterService
from studio.services.ladder import LadderService
from studio.services.ladder_advice import LadderAdvice
from studio.services.ladder_checklist import Checklists
from studio.services.ladder_expectations import RungExpectations
from studio.services.ladder_facts import FactFinder
from studio.services.ladder_gold import GoldFinder
from studio.services.ladder_parts import Costing, Estimating, Retrieving
from studio.services.ladder_pilot import Pilots
from studio.services.ladder_prompts import PromptMaker
from studio.services.ladder_run import RungMeasurement
from studio.services.ladder_setups import Setups
from studio.services.models import ModelService
from studio.services.thresholds import ThresholdService
from studio.services.training import TrainingService
from studio.store.charters import CharterStore
from studio.store.datasets import DatasetStore
from studio.store.estimates import EstimateStore
from studio.store.evaluations import EvaluationStore
from studio.store.feedback import FeedbackStore
from studio.store.ladder import LadderStore
from studio.store.models import ModelStore
from studio.store.projects import ProjectStore


def charters(store: CharterStore, projects: ProjectStore) -> CharterService:
    """Returns the charter service with the templates that are shipped."""
    return CharterService(store, projects, TEMPLATES)


def ladder(
    *,
    store: LadderStore,
    charters: CharterService,
    datasets: DatasetStore,
    model_store: ModelStore,
    evaluations: EvaluationStore,
    feedback: FeedbackStore,
    models: ModelService,
    training: TrainingService,
    generator: TextGenerator,
    retrieval: Retrieving,
    estimates: Estimating,
    costing: Costing,
    reader: RowReader,
    thresholds: ThresholdService,
    expected: EstimateStore,
    changed: Callable[[], None] = lambda: None,
) -> LadderService:
    """Returns the ladder's service."""
    maker = PromptMaker(datasets, models, retrieval, estimates)
    facts = FactFinder(store, datasets, model_store, feedback, charters, retrieval, estimates)
    checklists = Checklists(store, datasets, models, training, estimates)
    measurement = RungMeasurement(
        store,
        datasets,
        models,
        generator,
        AnswerDesk(evaluations, generator),
        maker,
        retrieval,
        GoldFinder(datasets, reader, retrieval),
        costing,
        charters,
        RungExpectations(expected, store, models, estimates, costing),
    )
    return LadderService(
        store,
        maker,
        Setups(store, datasets, models, charters, retrieval),
        measurement,
        facts,
        LadderAdvice(store, charters, facts, checklists, thresholds),
        Pilots(training, datasets, models),
        changed,
    )


def labelled(ladder: LadderStore, datasets: DatasetStore, project_id: str) -> int | None:
    """Returns how many examples there are to train on beside the project's suite."""
    suite = ladder.suite(project_id)
    return None if suite is None else datasets.version(suite.version_id).splits.get(Split.TRAIN, 0)
