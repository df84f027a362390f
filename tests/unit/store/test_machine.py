"""Any order of work, crash and restart leaves what a dictionary would hold."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from studio.domain.errors import Conflict, InvalidTransition, NotFound
from studio.domain.jobs import MOVES, Job, JobStatus
from studio.domain.models import BaseModel
from studio.domain.projects import Project
from studio.store.database import Database
from studio.store.jobs import JobStore
from studio.store.models import ModelStore
from studio.store.projects import ProjectStore
from tests.unit.store import samples

IDS = st.sampled_from("abcde")
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)


class Undo(Exception):
    """Raised inside a transaction to make it fail."""


class StoreMachine(RuleBasedStateMachine):
    """Projects, base models and jobs, with a crash as a copy of the files as they lie."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="store-machine-"))
        self.lives = 0
        self.projects: dict[str, Project] = {}
        self.bases: dict[str, BaseModel] = {}
        self.jobs: dict[str, Job] = {}
        self.events: dict[str, set[int]] = {}
        self.open(self.root / "0")

    def open(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(folder / "studio.duckdb")
        self.project_store = ProjectStore(self.database)
        self.model_store = ModelStore(self.database)
        self.job_store = JobStore(self.database)

    @rule(id=IDS, name=TEXTS)
    def put_project(self, id: str, name: str) -> None:
        taken = any(other.name == name for key, other in self.projects.items() if key != id)
        project = samples.project(id=id, name=name)
        try:
            (self.project_store.update if id in self.projects else self.project_store.add)(project)
        except Conflict:
            assert taken
        else:
            assert not taken
            self.projects[id] = project

    @rule(id=IDS, licence=TEXTS)
    def put_base(self, id: str, licence: str) -> None:
        self.bases[id] = samples.base_model(id=id, licence=licence)
        self.model_store.add_base(self.bases[id])

    @rule(id=IDS)
    def remove_base(self, id: str) -> None:
        try:
            self.model_store.remove_base(id)
        except NotFound:
            assert id not in self.bases
        else:
            del self.bases[id]

    @rule(id=IDS, status=st.sampled_from(JobStatus), expected=st.sampled_from(JobStatus))
    def move_job(self, id: str, status: JobStatus, expected: JobStatus) -> None:
        if id not in self.jobs:
            self.jobs[id] = samples.job(id=id)
            self.job_store.add(self.jobs[id])
        kept = self.jobs[id]
        wanted = kept.with_(status=status, message=f"{expected} to {status}")
        legal = status is expected or status in MOVES[expected]
        try:
            self.job_store.save(wanted, expected)
        except InvalidTransition:
            assert not legal
        except Conflict:
            assert legal and kept.status is not expected
        else:
            assert wanted == kept or (legal and kept.status is expected)
            self.jobs[id] = wanted

    @rule(id=IDS, numbers=st.lists(st.integers(1, 30), unique=True))
    def add_events(self, id: str, numbers: list[int]) -> None:
        try:
            self.job_store.add_events(id, [samples.event(n) for n in numbers])
        except NotFound:
            assert id not in self.jobs
        else:
            self.events.setdefault(id, set()).update(numbers)

    @rule(id=IDS)
    def undone_write_leaves_nothing(self, id: str) -> None:
        try:
            with self.database.write() as cursor:
                cursor.execute("DELETE FROM projects WHERE id = ?", [id])
                cursor.execute("DELETE FROM events")
                raise Undo
        except Undo:
            return

    @rule()
    def checkpoint(self) -> None:
        with self.database.read() as cursor:
            cursor.execute("CHECKPOINT")

    @rule()
    def restart(self) -> None:
        self.database.close()
        self.open(self.folder)

    @rule()
    def crash(self) -> None:
        self.lives += 1
        shutil.copytree(self.folder, self.root / str(self.lives))
        self.database.close()
        self.open(self.root / str(self.lives))

    @invariant()
    def the_store_holds_what_the_dictionaries_hold(self) -> None:
        assert {one.id: one for one in self.project_store.all()} == self.projects
        assert {one.id: one for one in self.model_store.bases()} == self.bases
        assert {one.id: one for one in self.job_store.all()} == self.jobs

    @invariant()
    def every_key_finds_its_row(self) -> None:
        for id, project in self.projects.items():
            assert self.project_store.get(id) == project
        for id, job in self.jobs.items():
            assert self.job_store.get(id) == job
            numbers = self.events.get(id, set())
            assert {event.n for event in self.job_store.events(id)} == numbers
            assert self.job_store.last_event_number(id) == max(numbers, default=0)

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.root)


TestStoreMachine: Any = StoreMachine.TestCase
TestStoreMachine.settings = settings(
    max_examples=10,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
