"""A studio for the command line: real services, quick backends, reached over its wire."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from typer.testing import CliRunner

from backends import registry
from backends.local.instruments import LocalInstruments
from backends.messenger.backend import NetworkMessenger
from backends.openai_api.backend import EndpointGenerator
from backends.openai_api.moderation import EndpointModerator
from backends.reader.backend import DocumentFileReader, FileReader
from backends.typesetter.backend import TypstTypesetter
from studio.api.rpc import create_api
from studio.cli.main import app
from studio.services import (
    deployment_assembly,
    feedback_assembly,
    ladder_assembly,
    learning_assembly,
    machine_assembly,
    monitoring_assembly,
    training_assembly,
    wire_assembly,
)
from studio.services.answering import RoutedGenerator
from studio.services.charters import CharterService
from studio.services.completions import CompletionService
from studio.services.container import Services
from studio.services.costing import CostingService
from studio.services.datasets import DatasetService
from studio.services.endpoints import EndpointService
from studio.services.estimates import EstimateService
from studio.services.evaluation import EvaluationService
from studio.services.keys import ApiKeyService
from studio.services.models import ModelService
from studio.services.moderation import ModerationService
from studio.services.monitor import Changes, MonitorService
from studio.services.places import TrainingPlaces
from studio.services.projects import ProjectService
from studio.services.reports import ReportService
from studio.services.retrieval import RetrievalService
from studio.services.sample import SampleService
from studio.services.secrets import SecretService
from studio.services.sizes import SizeTables, sample_examples
from studio.services.thresholds import ThresholdService
from studio.services.wire_models import WireModelService
from studio.store.assumptions import AssumptionStore
from studio.store.charters import CharterStore
from studio.store.chunks import ChunkStore
from studio.store.corpora import CorpusStore
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.endpoints import EndpointStore
from studio.store.estimates import EstimateStore
from studio.store.evaluations import EvaluationStore
from studio.store.feedback import FeedbackStore
from studio.store.jobs import JobStore
from studio.store.keys import ApiKeyStore
from studio.store.ladder import LadderStore
from studio.store.lock import DataFolderLock
from studio.store.models import ModelStore
from studio.store.prices import PriceStore
from studio.store.projects import ProjectStore
from studio.store.thresholds import ThresholdStore
from tests.api.served import served
from tests.fakes.cli_shelf import Shelf, by_model
from tests.fakes.generator import FakeGenerator
from tests.fakes.ladder_parts import FlatPrices, WordCounts
from tests.fakes.quick_hosted import quick_hosted
from tests.fakes.retrieval import FakeEmbedder
from tests.fakes.sample_parts import SAMPLE
from tests.fakes.studio_parts import FakeKeyring
from tests.fakes.training import FakeBackend

TOKEN = "token-of-this-launch"


@dataclass
class CliStudio:
    """A studio that runs, and the command line pointed at its data folder."""

    folder: Path
    services: Services
    training: FakeBackend
    generator: FakeGenerator
    database: Database

    def run(self, *words: str, given: str = "") -> Any:
        """Runs one command line and returns its result."""
        line = ["--data-dir", str(self.folder), *words]
        return CliRunner().invoke(app, line, input=given)

    def data(self, *words: str) -> Any:
        """Runs one command line with --json and returns what it gave; it must succeed."""
        done = self.run(*words, "--json")
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)


@contextmanager
def cli_studio(folder: Path) -> Iterator[CliStudio]:
    """Lends a running studio on the folder."""
    database = Database(None)
    jobs, datasets = JobStore(database), DatasetStore(database)
    models_store, changes = ModelStore(database), Changes()
    backend, generator = FakeBackend(folder / "runs"), FakeGenerator(by_model)
    projects = ProjectService(ProjectStore(database))
    dataset_service = DatasetService(datasets, FileReader(), folder / "sources")
    keys = {"OFFICE_KEY": "key-0123456789abcdef"}
    endpoints = EndpointService(
        EndpointStore(database), keys.get, lambda: EndpointGenerator(endpoints.connection)
    )
    answering = RoutedGenerator(generator, lambda: EndpointGenerator(endpoints.connection))
    models = ModelService(models_store, jobs, Shelf(), elsewhere=endpoints)
    places = TrainingPlaces(
        backend,
        endpoints.all,
        lambda name: quick_hosted(name, folder / "hosted", endpoints.connection),
    )
    tuning = training_assembly.tuning(
        database, places, changes.note, costing=lambda: costing, endpoint=endpoints.get
    )
    training = tuning.training
    evaluation = EvaluationService(EvaluationStore(database), datasets, models, answering)
    retrieval = RetrievalService(
        CorpusStore(database),
        ChunkStore(database),
        DocumentFileReader(),
        FileReader(),
        FakeEmbedder(),
        folder / "retrieval",
    )
    charters = ladder_assembly.charters(CharterStore(database), ProjectStore(database))
    thresholds = ThresholdService(ThresholdStore(database))
    ladder = ladder_assembly.ladder(
        store=LadderStore(database),
        charters=charters,
        datasets=datasets,
        model_store=models_store,
        evaluations=EvaluationStore(database),
        feedback=FeedbackStore(database),
        models=models,
        training=training,
        generator=answering,
        retrieval=retrieval,
        estimates=WordCounts(),
        costing=FlatPrices(),
        reader=FileReader(),
        thresholds=thresholds,
        expected=EstimateStore(database),
    )
    costing = CostingService(
        PriceStore(database, SAMPLE.parent / "prices.json"),
        AssumptionStore(database),
        CharterService(CharterStore(database), ProjectStore(database), ()),
        LadderStore(database).all,
    )
    wire_models = WireModelService(
        models,
        endpoints,
        FakeEmbedder(),
        deployments=lambda project_id: deploying.deployments.all(project_id),
    )
    deploying = deployment_assembly.deploying(
        database,
        models=models,
        retrieval=retrieval,
        estimates=WordCounts(),
        generator=answering,
        answers_already=lambda name: name in models.names(),
    )
    completions = CompletionService(
        FeedbackStore(database),
        wire_models,
        projects,
        answering,
        FakeEmbedder(),
        deploying.deployed,
    )
    wire = wire_assembly.wire(
        database,
        folder / "wire",
        datasets=dataset_service,
        training=training,
        reader=FileReader(),
        completions=completions,
    )
    secrets = SecretService(FakeKeyring, {})
    seeing = monitoring_assembly.seeing(
        database,
        costing.answer_cost,
        NetworkMessenger,
        registry.telemetry,
        secrets.value,
        environment={},
    )
    learning = learning_assembly.learning(database, changed=changes.note)
    talking = feedback_assembly.talking(
        database, models, answering, FileReader(), deploying.deployed
    )
    retraining = machine_assembly.machine(
        database,
        deploying,
        learning,
        talking,
        seeing,
        tuning,
        backends=places,
        generator=answering,
        costing=costing,
        changed=changes.note,
    )
    services = Services(
        projects=projects,
        datasets=dataset_service,
        models=models,
        training=training,
        monitor=MonitorService(jobs, datasets, models_store, places, changes),
        evaluation=evaluation,
        retrieval=retrieval,
        charters=charters,
        ladder=ladder,
        thresholds=thresholds,
        costing=costing,
        estimates=EstimateService(
            EstimateStore(database),
            models_store,
            datasets,
            jobs,
            LocalInstruments(folder / "runs"),
            SizeTables(SAMPLE.parent),
            costing.prices,
            charters,
            sample=lambda: sample_examples(SAMPLE),
        ),
        reports=ReportService(
            SAMPLE.parent / "report",
            TypstTypesetter(),
            projects=projects,
            charters=charters,
            ladder=ladder,
            datasets=dataset_service,
            models=models,
            training=training,
            retrieval=retrieval,
            costing=costing,
            estimates=lambda project_id: (),
        ),
        sample=SampleService(
            SAMPLE,
            projects=projects,
            datasets=dataset_service,
            models=models,
            training=training,
            evaluation=evaluation,
            charters=charters,
        ),
        secrets=secrets,
        keys=ApiKeyService(ApiKeyStore(database), ProjectStore(database).get),
        endpoints=endpoints,
        tuning_prices=tuning.prices,
        wire_files=wire.files,
        wire_uploads=wire.uploads,
        wire_jobs=wire.jobs,
        wire_batches=wire.batches,
        wire_models=wire_models,
        completions=completions,
        deployments=deploying.deployments,
        retraining=retraining,
        moderation=ModerationService(lambda: EndpointModerator(endpoints.connection)),
        announce=lambda port, token: None,
        **learning._asdict(),
        **talking._asdict(),
        **seeing._asdict(),
        at_close=(
            deploying.shadows.close,
            database.close,
        ),
    )
    host = FastAPI()
    host.mount("/api", create_api(services, TOKEN))
    with served(host) as port, DataFolderLock(folder).acquire(port=port, token=TOKEN):
        services.start()
        try:
            yield CliStudio(folder, services, backend, generator, database)
        finally:
            services.close()
