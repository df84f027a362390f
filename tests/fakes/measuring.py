"""A studio in memory with one dataset and two models, to measure them with a fake generator."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from studio.domain.datasets import DataFormat, Dataset, DatasetVersion, Example, Split
from studio.domain.errors import BackendUnavailable
from studio.domain.evaluation import Decoding, EvaluationRun, RunStatus
from studio.domain.models import BaseModel, ModelFacts, ModelSource, ModelVersion
from studio.domain.projects import Project
from studio.domain.values import new_id, now
from studio.services.evaluation import EvaluationService
from studio.services.feedback_assembly import hearing
from studio.services.models import ModelService
from studio.services.playground import PlaygroundService
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.evaluations import EvaluationStore
from studio.store.feedback import FeedbackStore
from studio.store.jobs import JobStore
from studio.store.models import ModelStore
from studio.store.projects import ProjectStore
from tests.fakes.evaluations import make_example
from tests.fakes.generator import FakeGenerator

DEADLINE = 60.0
"""Seconds after which a test gives up waiting."""


class NoLibrary:
    """A library where nothing can be fetched."""

    def pull(
        self,
        name: str,
        progress: Callable[[str, float | None], None],
        cancelled: Callable[[], bool] = lambda: False,
    ) -> BaseModel:
        raise BackendUnavailable("No model can be fetched here.")

    def add(self, folder: Path, name: str) -> BaseModel:
        raise BackendUnavailable("No model can be added here.")

    def verify(self, model: BaseModel) -> None:
        return

    def remove(self, model: BaseModel) -> None:
        return


class Bench:
    """Project `project_1`, version `version_1`, base model `base` and its tuned model `tuned`."""

    def __init__(
        self, answers: Sequence[str] = ("refund", "delivery") * 10, *, path: Path | None = None
    ) -> None:
        """Opens the database in memory or at `path`, and fills it when it is empty."""
        self.database = Database(path)
        self.evaluations = EvaluationStore(self.database)
        self.datasets = DatasetStore(self.database)
        self.model_store = ModelStore(self.database)
        self.models = ModelService(self.model_store, JobStore(self.database), NoLibrary())
        self.generator = FakeGenerator()
        if self.models.names():
            return
        ProjectStore(self.database).add(Project(id="project_1", name="Acme", created_at=now()))
        self.datasets.add_dataset(
            Dataset(id="dataset_1", project_id="project_1", name="Tickets", created_at=now())
        )
        self.add_examples("version_1", 1, answers)
        self.add_base("base", manifest="b" * 64)
        self.model_store.add_version(tuned_version())

    def add_examples(self, version_id: str, number: int, answers: Sequence[str]) -> None:
        """Adds a version whose examples alternate between test and train, test first."""
        splits = (Split.TEST, Split.TRAIN)
        examples = [
            make_example(n, answer, split=splits[n % 2]) for n, answer in enumerate(answers)
        ]
        self.datasets.add_version(version_of(version_id, number, examples), examples)

    def add_base(self, model_id: str, *, manifest: str) -> None:
        """Adds a base model, or replaces it."""
        self.model_store.add_base(base_model(model_id, manifest))

    def service(self) -> EvaluationService:
        """Returns a new evaluation service on the same database, as after a restart."""
        return EvaluationService(self.evaluations, self.datasets, self.models, self.generator)

    def playground(self) -> PlaygroundService:
        """Returns a playground on the same database."""
        return PlaygroundService(
            FeedbackStore(self.database), self.models, self.generator, hearing(self.database)
        )

    def start(
        self,
        service: EvaluationService,
        model_id: str,
        *,
        version_id: str = "version_1",
        split: Split = Split.TEST,
        decoding: Decoding | None = None,
    ) -> EvaluationRun:
        """Starts a run of a model on the test split."""
        return service.start(
            project_id="project_1",
            version_id=version_id,
            split=split,
            model_id=model_id,
            decoding=decoding,
        )


def wait_until(happened: Callable[[], bool]) -> None:
    """Looks again and again until it has happened, for at most DEADLINE seconds."""
    end = time.monotonic() + DEADLINE
    pause = threading.Event()
    while not happened():
        assert time.monotonic() < end, "It did not happen in time."
        pause.wait(0.005)


def finished(service: EvaluationService, run: EvaluationRun) -> EvaluationRun:
    """Returns the run once it has ended."""
    ended = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED)
    wait_until(lambda: service.get(run.id).status in ended)
    return service.get(run.id)


def version_of(version_id: str, number: int, examples: Sequence[Example]) -> DatasetVersion:
    return DatasetVersion(
        id=version_id,
        dataset_id="dataset_1",
        number=number,
        n_examples=len(examples),
        splits={split: sum(e.split is split for e in examples) for split in Split},
        n_refused=0,
        content_hash=new_id("hash"),
        source_filename="tickets.jsonl",
        source_sha256="0" * 64,
        format=DataFormat.CHAT,
        created_at=now(),
    )


def base_model(model_id: str, manifest: str) -> BaseModel:
    return BaseModel(
        id=model_id,
        name=model_id.title(),
        source=ModelSource.FOLDER,
        revision="1",
        path="/nowhere",
        licence="Apache-2.0",
        facts=ModelFacts(
            architecture="LlamaForCausalLM",
            parameters=1,
            hidden_size=1,
            layers=1,
            heads=1,
            kv_heads=1,
            head_dim=1,
            intermediate_size=1,
            vocabulary=1,
            tied_embeddings=True,
            context_length=1,
            has_chat_template=True,
        ),
        manifest_sha256=manifest,
        created_at=now(),
    )


def tuned_version() -> ModelVersion:
    return ModelVersion(
        id="tuned",
        project_id="project_1",
        name="Tuned",
        base_model="base",
        job_id="job_1",
        dataset_version_id="version_1",
        path="/nowhere/adapter",
        method="lora",
        manifest_sha256="a" * 64,
        validation_loss=None,
        created_at=now(),
    )
