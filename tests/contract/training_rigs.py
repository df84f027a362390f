"""Rigs: what the contract tests need of a training backend beside its Protocol."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

import psutil

from backends.local.backend import LocalBackend
from backends.local.runs import RunFolder
from backends.openai_api.errand import Pace
from backends.openai_api.training import HostedTraining
from studio.domain.endpoints import Connection
from studio.domain.interfaces import RunState, TrainingBackend
from studio.domain.jobs import Event
from studio.domain.models import BaseModel
from studio.domain.training import Hyperparameters, TrainingSpec
from tests.fakes.openai_server.app import OpenAIServer
from tests.fakes.page_values import base_model
from tests.fakes.training import FakeBackend

T = TypeVar("T")
PATIENCE = 180.0
"""Seconds a run may take before a test gives up: a worker loads torch, on a busy machine too."""
ENDLESS = 50.0
"""Epochs of a run that is going to be stopped."""


class Rig(Protocol):
    """A backend under test."""

    backend: TrainingBackend
    model: BaseModel | None
    elsewhere: bool
    """True when the model stays at a server, which trains on whatever happens here."""
    continues: bool
    """True when another run can go on from the checkpoints of one that ended."""

    def given(self, spec: TrainingSpec) -> TrainingSpec:
        """Returns a spec as this backend takes it."""

    def kill(self, run_id: str) -> None:
        """Ends the run's worker with a SIGKILL; of a run elsewhere, whatever follows it here."""


class FakeRig:
    """The fake."""

    elsewhere, continues = False, True

    def __init__(self, folder: Path) -> None:
        self.fake = FakeBackend(folder, steps=40)
        self.backend: TrainingBackend = self.fake
        self.model: BaseModel | None = base_model("tiny")

    def given(self, spec: TrainingSpec) -> TrainingSpec:
        return spec

    def kill(self, run_id: str) -> None:
        self.fake.kill(run_id)


class LocalRig:
    """This machine, with worker processes."""

    elsewhere, continues = False, True

    def __init__(self, folder: Path, model: BaseModel) -> None:
        self.folder = folder
        self.local = LocalBackend(folder)
        self.backend: TrainingBackend = self.local
        self.model: BaseModel | None = model

    def given(self, spec: TrainingSpec) -> TrainingSpec:
        return spec

    def kill(self, run_id: str) -> None:
        os.kill(worker_pid(self.folder / run_id), signal.SIGKILL)
        until(lambda: self.backend.state(run_id).status != "running")


class HostedRig:
    """A server that speaks the OpenAI wire, in a process of nobody's: the whole of it is a fake."""

    elsewhere, continues = True, True
    name = "endpoint:office"

    def __init__(self, folder: Path, server: OpenAIServer) -> None:
        self.folder, self.server = folder, server
        server.behave.models, server.behave.steps = ("tiny",), 0
        self.model: BaseModel | None = None
        self.backend: TrainingBackend = self._open()

    def given(self, spec: TrainingSpec) -> TrainingSpec:
        return spec.with_(backend=self.name)

    def kill(self, run_id: str) -> None:
        self.hosted.close()
        self.backend = self._open()

    def _open(self) -> HostedTraining:
        at = Connection(name="office", base_url=self.server.url, key="sk-none")
        quick = Pace(first_look=0.03, slowest_look=0.05)
        self.hosted = HostedTraining(
            self.name,
            self.folder,
            lambda name: at,
            lambda texts, encoding: [len(text.split()) for text in texts],
            pace=quick,
        )
        return self.hosted


def worker_pid(folder: Path) -> int:
    """Returns the worker's process id, as soon as its heartbeat tells it."""
    return until(lambda: RunFolder(folder).heartbeat()).pid


def until(found: Callable[[], T | None]) -> T:
    """Asks until there is an answer that counts, and returns it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = found()
        if answer:
            return answer
        assert time.monotonic() < deadline, "nothing came in time"
        time.sleep(0.05)


def workers_under(folder: Path) -> list[int]:
    """Returns the training workers whose run folder lies in a folder, or is it."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = process.info["cmdline"] or []
        inside = any(Path(word).is_relative_to(folder) for word in line[-1:])
        if inside and "backends.local.train" in line and process.info["status"] != "zombie":
            found.append(process.pid)
    return found


@contextmanager
def small_workers(folder: Path) -> Iterator[None]:
    """Keeps workers to one thread, and ends those a failed test leaves behind in the folder.

    Tiny matrices gain nothing from two threads.
    """
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        for pid in workers_under(folder):
            os.kill(pid, signal.SIGKILL)
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before


def spec(**settings: object) -> TrainingSpec:
    """Returns a run of few quick steps with many checkpoints."""
    given: dict[str, object] = {
        "epochs": 2.0,
        "batch_size": 4,
        "learning_rate": 5e-3,
        "lora_rank": 4,
        "lora_alpha": 8,
        "evaluations": 4,
        "early_stopping": 0,
        "sequence_length": 256,
    }
    return TrainingSpec(
        project_id="project_1",
        name="Colours",
        dataset_version_id="version_1",
        base_model="tiny",
        hyperparameters=Hyperparameters.model_validate(given | settings),
    )


def ended(backend: TrainingBackend, run_id: str, *, waits: bool = True) -> RunState:
    """Waits for the end of a run; one that `waits` has come to an end too."""
    going = ("running",) if waits else ("running", "paused")

    def state() -> RunState | None:
        found = backend.state(run_id)
        return None if found.status in going else found

    return until(state)


def all_events(backend: TrainingBackend, run_id: str) -> list[Event]:
    """Returns every event so far."""
    found: list[Event] = []
    while more := backend.events(run_id, found[-1].n if found else 0):
        found += more
    return found


def steps(events: list[Event]) -> list[int]:
    """Returns the steps whose training loss was told, in order."""
    return [int(e.data["step"]) for e in events if e.kind == "metrics" and "loss" in e.data]


def reached(backend: TrainingBackend, run_id: str, checkpoints: int) -> None:
    """Waits until so many checkpoints are saved."""

    def there() -> bool:
        backend.state(run_id)
        saved = [e for e in all_events(backend, run_id) if e.kind == "checkpoint"]
        return len(saved) >= checkpoints

    until(there)


def went_on(backend: TrainingBackend, run_id: str, done: int) -> None:
    """Waits until more than so many steps are told."""

    def further() -> bool:
        backend.state(run_id)
        return len(steps(all_events(backend, run_id))) > done

    until(further)
