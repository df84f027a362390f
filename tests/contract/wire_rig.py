"""WireRig: the hosted backend in front of the studio's own `/v1`, with real workers behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from fastapi import FastAPI

from backends.local.backend import LocalBackend
from backends.local.library import LocalLibrary
from backends.openai_api.errand import Pace
from backends.openai_api.training import HostedTraining
from backends.reader.backend import FileReader
from studio.api.v1.app import create_v1
from studio.domain.endpoints import Connection, Dialect
from studio.domain.interfaces import TrainingBackend
from studio.domain.models import BaseModel
from studio.domain.training import TrainingSpec
from studio.services import wire_assembly
from studio.services.datasets import DatasetService
from studio.services.models import ModelService
from studio.services.monitor import Changes, MonitorService
from studio.services.projects import ProjectService
from studio.services.training import TrainingService
from studio.services.wire_models import WireModelService
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.jobs import JobStore
from studio.store.models import ModelStore
from studio.store.projects import ProjectStore
from tests.api.served import served
from tests.fakes.keys import OpenDoor


class WireRig:
    """A studio that tunes, and a backend that only knows its address."""

    elsewhere = True
    continues = False
    """A tuned model cannot be tuned further here, and the server says so."""
    name = "endpoint:studio"
    backend: TrainingBackend

    def __init__(self, folder: Path, model: BaseModel) -> None:
        self.folder, self.database = folder, Database(None)
        database = self.database
        self.model: BaseModel | None = None
        """A hosted backend knows its models by name."""
        self.local = LocalBackend(folder / "runs")
        jobs, changes = JobStore(database), Changes()
        datasets, models = DatasetStore(database), ModelStore(database)
        self.models, self.jobs = models, jobs
        models.add_base(model.with_(id="tiny"))
        backends: dict[str, TrainingBackend] = {"local": self.local}
        training = TrainingService(jobs, datasets, models, backends, changes.note)
        self.monitor = MonitorService(jobs, datasets, models, backends, changes)
        wire = wire_assembly.wire(
            database,
            folder / "wire",
            datasets=DatasetService(datasets, FileReader(), folder / "sources"),
            training=training,
            reader=FileReader(),
            completions=None,  # type: ignore[arg-type]  # nobody asks a model here
        )
        self.wire_jobs = wire.jobs
        self.services = SimpleNamespace(
            keys=OpenDoor(),
            projects=ProjectService(ProjectStore(database)),
            models=models,
            wire_files=wire.files,
            wire_uploads=wire.uploads,
            wire_jobs=wire.jobs,
            wire_models=WireModelService(
                ModelService(models, jobs, LocalLibrary(folder / "models")),
                SimpleNamespace(all=list, models=dict),
                SimpleNamespace(name=lambda: "none@0"),  # type: ignore[arg-type]
            ),
        )

    @contextmanager
    def open(self) -> Iterator[WireRig]:
        """Serves the studio for the length of a block, and lends the rig with its backend."""
        application = FastAPI()
        application.mount("/v1", create_v1(self.services))
        self.monitor.start()
        self.wire_jobs.open()
        with served(application) as port:
            self._at = Connection(
                name="studio",
                base_url=f"http://127.0.0.1:{port}/v1",
                key="not-needed",
                dialect=Dialect.LADDER,
            )
            self.backend = self._opened()
            try:
                yield self
            finally:
                self.hosted.close()
                self.wire_jobs.close()
                self.monitor.stop()
                self.database.close()

    def given(self, spec: TrainingSpec) -> TrainingSpec:
        return spec.with_(backend=self.name)

    def tuned(self, run_id: str) -> Path:
        """Returns the folder of the adapter that a run at the studio made."""
        name = self.backend.state(run_id).remote_model
        assert name is not None
        (found,) = [one for one in self.models.versions() if one.id.endswith(name[-8:])]
        return Path(found.path)

    def kill(self, run_id: str) -> None:
        self.hosted.close()
        self.backend = self._opened()

    def _opened(self) -> HostedTraining:
        self.hosted = HostedTraining(
            self.name,
            self.folder / "hosted",
            lambda name: self._at,
            lambda texts, encoding: [len(text.split()) for text in texts],
            pace=Pace(first_look=0.1, slowest_look=0.3),
        )
        return self.hosted
