"""Bootstrap: the only wiring — settings become a database, backends and services."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from backends import registry
from studio.services import (
    deployment_assembly,
    feedback_assembly,
    ladder_assembly,
    learning_assembly,
    machine_assembly,
    model_use,
    monitoring_assembly,
    training_assembly,
    wire_assembly,
)
from studio.services.answering import RoutedGenerator
from studio.services.completions import CompletionService
from studio.services.container import Services
from studio.services.costing import CostingService
from studio.services.datasets import DatasetService
from studio.services.endpoints import EndpointService
from studio.services.estimates import EstimateService
from studio.services.evaluation import EvaluationService
from studio.services.hosted_runs import under_their_endpoints
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
from studio.settings import Settings
from studio.store import lock
from studio.store.assumptions import AssumptionStore
from studio.store.backup_keeper import BackupKeeper
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
from studio.store.lock import DataFolderLock, Holder
from studio.store.models import ModelStore
from studio.store.prices import PriceStore
from studio.store.projects import ProjectStore
from studio.store.thresholds import ThresholdStore

ASSETS = Path(__file__).parents[1] / "assets"
SAMPLE = ASSETS / "sample"


def build_services(settings: Settings) -> Services:
    """Takes the data folder and returns the services on it; `close()` gives it back.

    Raises:
        DataFolderInUse: when another studio holds the folder.
        StorageFailed: when the database cannot be opened.
    """
    held = DataFolderLock(settings.data_dir).acquire()
    try:
        database = Database(settings.database_path)
        backups = BackupKeeper(database)
        backups.start()
    except BaseException:
        held.release()
        raise
    jobs, models, datasets = JobStore(database), ModelStore(database), DatasetStore(database)
    local = registry.training_backend("local", settings.runs_dir)
    secrets = SecretService(_keyring, os.environ, further=lambda: endpoints.secrets())
    remote = cache(lambda: registry.endpoint_generator(endpoints.connection))
    server_user = model_use.server(database)
    endpoints = EndpointService(EndpointStore(database), secrets.value, remote, server_user)
    keys = ApiKeyService(ApiKeyStore(database), ProjectStore(database).get)
    library = registry.model_library(settings.models_dir, lambda: secrets.value("HF_TOKEN"))
    generator = RoutedGenerator(registry.text_generator(settings.logs_dir), remote)
    embedder = registry.text_embedder(settings.models_dir, settings.logs_dir)
    backends = TrainingPlaces(
        local,
        endpoints.all,
        lambda name: registry.hosted_training(name, settings.hosted_dir, endpoints.connection),
    )
    changes = Changes()
    projects = ProjectService(ProjectStore(database))
    imports = DatasetService(datasets, registry.row_reader(), settings.sources_dir)
    model_user, corpus_user = model_use.of(database)
    library_service = ModelService(models, jobs, library, changes.note, endpoints, model_user)
    wire_models = WireModelService(
        library_service,
        endpoints,
        embedder,
        lambda job_id: training.checkpoints(job_id),
        lambda project_id: deploying.deployments.all(project_id),
    )
    charters = ladder_assembly.charters(CharterStore(database), ProjectStore(database))
    tuning = training_assembly.tuning(
        database, backends, changes.note, costing=lambda: costing, endpoint=endpoints.get
    )
    training = tuning.training
    evaluation = EvaluationService(
        EvaluationStore(database),
        datasets,
        library_service,
        generator,
        changes.note,
        cost=lambda model_id, into, out: costing.answer_cost(model_id, into, out, None),
    )
    retrieval = RetrievalService(
        CorpusStore(database),
        ChunkStore(database),
        registry.document_reader(),
        registry.row_reader(),
        embedder,
        settings.retrieval_dir,
        changes.note,
        corpus_user,
    )
    rungs = LadderStore(database)
    costing = CostingService(
        PriceStore(database, ASSETS / "prices.json"),
        AssumptionStore(database),
        charters,
        lambda project_id: under_their_endpoints(
            rungs.all(project_id), models.versions(project_id)
        ),
        labelled=lambda project_id: ladder_assembly.labelled(rungs, datasets, project_id),
        job=jobs.get,
        address=endpoints.address,
    )
    estimates = EstimateService(
        EstimateStore(database),
        models,
        datasets,
        jobs,
        registry.instruments(settings.runs_dir),
        SizeTables(ASSETS),
        costing.prices,
        charters,
        sample=lambda: sample_examples(SAMPLE),
        hour=costing.machine_hour,
        answers=rungs.answers,
    )
    thresholds = ThresholdService(ThresholdStore(database), changes.note)
    ladder = ladder_assembly.ladder(
        store=rungs,
        charters=charters,
        datasets=datasets,
        model_store=models,
        evaluations=EvaluationStore(database),
        feedback=FeedbackStore(database),
        models=library_service,
        training=training,
        generator=generator,
        retrieval=retrieval,
        estimates=estimates,
        costing=costing,
        reader=registry.row_reader(),
        thresholds=thresholds,
        expected=EstimateStore(database),
        changed=changes.note,
    )
    deploying = deployment_assembly.deploying(
        database,
        models=library_service,
        retrieval=retrieval,
        estimates=estimates,
        generator=generator,
        answers_already=lambda name: name in library_service.names(),
    )
    completions = CompletionService(
        FeedbackStore(database), wire_models, projects, generator, embedder, deploying.deployed
    )
    wire = wire_assembly.wire(
        database,
        settings.wire_dir,
        datasets=imports,
        training=training,
        reader=registry.row_reader(),
        completions=completions,
    )
    seeing = monitoring_assembly.seeing(
        database, costing.answer_cost, registry.messenger, registry.telemetry, secrets.value
    )
    learning = learning_assembly.learning(database, changed=changes.note)
    talking = feedback_assembly.talking(
        database, library_service, generator, registry.row_reader(), deploying.deployed
    )
    retraining = machine_assembly.machine(
        database,
        deploying,
        learning,
        talking,
        seeing,
        tuning,
        backends=backends,
        generator=generator,
        costing=costing,
        changed=changes.note,
    )
    return Services(
        projects=projects,
        datasets=imports,
        models=library_service,
        training=training,
        monitor=MonitorService(
            jobs, datasets, models, backends, changes, ended=tuning.expectations.ended
        ),
        evaluation=evaluation,
        retrieval=retrieval,
        charters=charters,
        ladder=ladder,
        thresholds=thresholds,
        costing=costing,
        estimates=estimates,
        reports=ReportService(
            ASSETS / "report",
            registry.typesetter(),
            projects=projects,
            charters=charters,
            ladder=ladder,
            datasets=imports,
            models=library_service,
            training=training,
            retrieval=retrieval,
            costing=costing,
            estimates=estimates.all,
        ),
        sample=SampleService(
            SAMPLE,
            projects=projects,
            datasets=imports,
            models=library_service,
            training=training,
            evaluation=evaluation,
            charters=charters,
        ),
        secrets=secrets,
        keys=keys,
        endpoints=endpoints,
        tuning_prices=tuning.prices,
        wire_files=wire.files,
        wire_uploads=wire.uploads,
        wire_jobs=wire.jobs,
        wire_models=wire_models,
        wire_batches=wire.batches,
        completions=completions,
        deployments=deploying.deployments,
        retraining=retraining,
        moderation=ModerationService(lambda: registry.moderator(endpoints.connection)),
        announce=lambda port, token: held.announce(port=port, token=token),
        **learning._asdict(),
        **talking._asdict(),
        **seeing._asdict(),
        at_close=(
            deploying.shadows.close,
            backends.close,
            library_service.close,
            generator.close,
            embedder.close,
            talking.feedback.close,
            keys.close,
            backups.close,
            database.close,
            held.release,
        ),
    )


def announce(services: Services, *, port: int, token: str) -> None:
    """Notes where this studio answers, for commands in other terminals."""
    services.announce(port, token)


def holder(data_dir: Path) -> Holder | None:
    """Returns who holds a data folder now, None when nobody does."""
    return lock.holder(data_dir)


def _keyring() -> Any:
    # Loaded when first needed: some backends ask the desktop for permission.
    import keyring

    return keyring.get_keyring()
