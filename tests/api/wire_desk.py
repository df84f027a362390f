"""WireDesk: the services behind `/v1`'s fine-tunes, real but for the backend and the reader."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openai import AsyncOpenAI
from openai.types.fine_tuning import FineTuningJob

from studio.domain.datasets import RawRow
from studio.domain.interfaces import RowReader
from studio.services import wire_assembly
from studio.services.datasets import DatasetService
from studio.services.monitor import Changes, MonitorService
from studio.services.projects import ProjectService
from studio.services.training import TrainingService
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.jobs import JobStore
from studio.store.models import ModelStore
from studio.store.projects import ProjectStore
from studio.store.tuning_orders import TuningOrderStore
from tests.api import wire
from tests.fakes.reader import LinesReader
from tests.fakes.training import FakeBackend
from tests.unit.store import samples


def chat(question: str, answer: str) -> dict[str, Any]:
    """Returns one row of supervised tuning."""
    turns = (("system", "Name the team."), ("user", question), ("assistant", answer))
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def rows(count: int = 12, start: int = 0) -> bytes:
    """Returns a training file."""
    numbers = range(start, start + count)
    made = [chat(f"Parcel {n} is late.", "delivery" if n % 2 else "refunds") for n in numbers]
    return b"".join(json.dumps(row).encode() + b"\n" for row in made)


@dataclass
class WireDesk:
    """Services over one database in memory."""

    folder: Path
    reader: RowReader = field(default_factory=LinesReader)
    database: Database = field(default_factory=lambda: Database(None))

    def __post_init__(self) -> None:
        database = self.database
        self.backend, self.changes = FakeBackend(self.folder / "runs"), Changes()
        self.backends = {"local": self.backend}
        self.jobs, self.models = JobStore(database), ModelStore(database)
        self.stored, self.projects = DatasetStore(database), ProjectService(ProjectStore(database))
        self.datasets = DatasetService(self.stored, self.reader, self.folder / "sources")
        self.training = TrainingService(
            self.jobs, self.stored, self.models, self.backends, self.changes.note
        )
        self.monitor = MonitorService(
            self.jobs, self.stored, self.models, self.backends, self.changes
        )
        self.models.add_base(samples.base_model())
        self.start_again()

    def start_again(self) -> None:
        """Makes the services as a restarted studio would."""
        self.wire = wire_assembly.wire(
            self.database,
            self.folder / "wire",
            datasets=self.datasets,
            training=self.training,
            reader=self.reader,
            completions=None,  # type: ignore[arg-type]  # nobody asks a model here
            patience=0,
        )
        self.wire_files, self.wire_uploads = self.wire.files, self.wire.uploads
        self.wire_jobs, self.checker = self.wire.jobs, self.wire.checker

    def check(self) -> None:
        """Does in this thread what the background does: checks the orders that wait."""
        for order in TuningOrderStore(self.database).validating():
            self.checker.check(order.id)

    def poll(self, times: int = 1) -> None:
        """Lets the monitor look so often."""
        for _ in range(times):
            self.monitor.poll_once()

    def client(self) -> AsyncOpenAI:
        """Returns the official client in front of them."""
        return wire.client(self)

    async def order(self, client: AsyncOpenAI, body: bytes = b"", **asked: Any) -> FineTuningJob:
        """Uploads a file and asks for a fine-tune on it."""
        file = await client.files.create(file=("t.jsonl", body or rows()), purpose="fine-tune")
        return await client.fine_tuning.jobs.create(
            **{"model": "small", "training_file": file.id, **asked}
        )

    async def finished(self, client: AsyncOpenAI, **asked: Any) -> FineTuningJob:
        """Returns a fine-tune that has succeeded."""
        job = await self.order(client, **asked)
        self.check()
        self.poll(8)
        return await client.fine_tuning.jobs.retrieve(job.id)


def ours(job: FineTuningJob) -> str:
    """Returns the studio's id of a job."""
    return job.id.replace("ftjob-", "job_")


async def failed(desk: WireDesk, client: AsyncOpenAI, body: bytes, **asked: Any) -> FineTuningJob:
    """Returns a job on that file once it is checked."""
    job = await desk.order(client, body, **asked)
    desk.check()
    return await client.fine_tuning.jobs.retrieve(job.id)


class Interrupting(LinesReader):
    """Does something while a file is read."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], object] = lambda: None

    def read(self, path: Path) -> Iterator[RawRow]:
        self.meanwhile()
        yield from super().read(path)
