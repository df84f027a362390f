"""A desk for training tests: real stores and services around a fake backend."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.domain.datasets import DatasetVersion, Example
from studio.domain.jobs import Job, JobStatus
from studio.domain.training import TrainingSpec
from studio.services.monitor import Changes, MonitorService
from studio.services.training import TrainingService
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.jobs import JobStore
from studio.store.models import ModelStore
from tests.fakes.training import FakeBackend
from tests.unit.store import samples


@dataclass
class Desk:
    """Services over one database in memory."""

    folder: Path
    database: Database = field(default_factory=lambda: Database(None))
    rows: list[Example] = field(default_factory=lambda: samples.examples(20))

    def __post_init__(self) -> None:
        self.jobs, self.models = JobStore(self.database), ModelStore(self.database)
        self.datasets = DatasetStore(self.database)
        self.backend = FakeBackend(self.folder)
        self.hosted = FakeBackend(self.folder)
        self.hosted.name, self.hosted.parallel = "endpoint:acme", True
        self.backends = {"local": self.backend, self.hosted.name: self.hosted}
        self.changes = Changes()
        self.training = self.another_training()
        self.monitor = self.another_monitor()
        self.models.add_base(samples.base_model())
        self.version = self._imported()

    def another_training(self) -> TrainingService:
        """Returns a training service as a restarted studio would have."""
        return TrainingService(
            self.jobs, self.datasets, self.models, self.backends, self.changes.note
        )

    def another_monitor(self) -> MonitorService:
        """Returns a monitor as a restarted studio would have."""
        return MonitorService(self.jobs, self.datasets, self.models, self.backends, self.changes)

    def spec(self, **changes: Any) -> TrainingSpec:
        """Returns a run on the desk's dataset."""
        return TrainingSpec(
            project_id="project_1",
            name="Router",
            dataset_version_id=self.version.id,
            base_model="small",
        ).with_(**changes)

    def start(self, **changes: Any) -> Job:
        """Queues a run."""
        return self.training.start(self.spec(**changes))

    def poll(self, times: int = 1) -> None:
        """Lets the monitor look so often."""
        for _ in range(times):
            self.monitor.poll_once()

    def status(self, job: Job) -> JobStatus:
        """Returns the job's present status."""
        return self.jobs.get(job.id).status

    def _imported(self) -> DatasetVersion:
        source, dataset = samples.source(), samples.dataset()
        self.datasets.add_source(source)
        self.datasets.add_dataset(dataset)
        version = samples.version(dataset.id, self.rows)
        self.datasets.add_version(version, self.rows, [])
        return version
