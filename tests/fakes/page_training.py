"""Training in memory, for the pages' view models: plans and jobs that a test puts in."""

from __future__ import annotations

from studio.domain.errors import NotFound, StudioError
from studio.domain.jobs import Checkpoint, Event, Job, JobStatus
from studio.domain.training import (
    Blocker,
    Disclosure,
    Effort,
    Hyperparameters,
    Objective,
    PersonalData,
    Plan,
    SentFile,
    TrainingSpec,
)
from tests.fakes.page_values import job, spec


def sent(host: str = "api.example.com") -> Disclosure:
    """What a hosted run would send: 90 rows with two addresses in them."""
    return Disclosure(
        host=host,
        files=(
            SentFile(name="train.jsonl", rows=80, size=24_000, sha256="a" * 64),
            SentFile(name="validation.jsonl", rows=10, size=3_000, sha256="b" * 64),
        ),
        personal_data=(
            PersonalData(
                kind="e-mail address", count=2, example_ids=("ex_1", "ex_2"), excerpts=("ann…",)
            ),
        ),
        fingerprint="f" * 64,
    )


def paused_there() -> Job:
    """A hosted run that waits."""
    asked = spec(name="Letters, hosted", backend="endpoint:openai", base_model="gpt-small")
    return job(
        JobStatus.PAUSED,
        id="job_3",
        name=asked.name,
        backend=asked.backend,
        spec=asked,
        said="paused",
        step=20,
        total_steps=80,
    )


class FakeTraining:
    """Plans from a list of blockers; jobs and events that a test puts in."""

    def __init__(self) -> None:
        self.blockers: tuple[Blocker, ...] = ()
        self.failure: StudioError | None = None
        self.started: list[TrainingSpec] = []
        self.planned: list[TrainingSpec] = []
        self.jobs: dict[str, Job] = {}
        self.news: list[Event] = []
        self.earlier: list[Event] = []
        """News of `job_0`, which `job_1` may continue."""
        self.why_not_resume = ""
        self.kept: list[Checkpoint] = []
        self.elsewhere: tuple[str, ...] = ()
        """Endpoints that a test offers for training."""
        self.disclosure: Disclosure | None = None
        """What hosted runs would send."""

    def places(self) -> list[str]:
        return ["local", *self.elsewhere]

    def recommended(
        self,
        version_id: str,
        base_model: str,
        effort: Effort,
        backend: str = "local",
        objective: Objective = Objective.SFT,
    ) -> Hyperparameters:
        return Hyperparameters(epochs={"quick": 1, "balanced": 3, "thorough": 5}[effort])

    def plan(self, spec: TrainingSpec) -> Plan:
        self.planned.append(spec)
        if self.failure is not None:
            raise self.failure
        left = tuple(b for b in self.blockers if not set(b.example_ids) <= set(spec.leave_out))
        needed = tuple(b for b in self.blockers if not b.example_ids)
        return Plan(
            device="CPU, 2 cores",
            memory_needed=2_000_000_000,
            memory_available=8_000_000_000,
            disk_needed=100_000_000,
            disk_available=None,
            seconds_low=300,
            seconds_high=600,
            basis="A prior: nothing was trained here yet.",
            total_steps=60,
            train_examples=80 - len(spec.leave_out),
            validation_examples=10,
            train_tokens=4_000,
            disclosure=self.disclosure if spec.hosted else None,
            blockers=tuple(dict.fromkeys((*left, *needed))),
        )

    def start(self, spec: TrainingSpec) -> Job:
        self.started.append(spec)
        made = job(JobStatus.QUEUED, spec=spec, started_at=None)
        self.jobs[made.id] = made
        return made

    def get(self, job_id: str) -> Job:
        if job_id not in self.jobs:
            raise NotFound(f"There is no job {job_id}.")
        return self.jobs[job_id]

    def all(self, project_id: str | None = None) -> list[Job]:
        return list(self.jobs.values())

    def events(self, job_id: str, after: int = 0, limit: int = 1000) -> list[Event]:
        news = self.earlier if job_id == "job_0" else self.news
        return [event for event in news if event.n > after][:limit]

    def not_resumable_because(self, job_id: str) -> str:
        return self.why_not_resume

    def checkpoints(self, job_id: str) -> list[Checkpoint]:
        return self.kept

    def log(self, job_id: str) -> str:
        return "worker says hello"
