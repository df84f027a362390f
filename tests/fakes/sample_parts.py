"""Parts around the sample project: a library with the starter, jobs that a test moves along."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio.domain.errors import Conflict
from studio.domain.evaluation import Decoding, EvaluationRun, RunStatus
from studio.domain.jobs import Job, JobStatus
from studio.domain.models import BaseModel
from studio.domain.training import Effort, Hyperparameters, TrainingSpec
from studio.domain.values import new_id, now
from tests.fakes.page_values import base_model


class Shelf:
    """Models: empty until one is pulled; can be made to fail."""

    def __init__(self) -> None:
        self.here: list[BaseModel] = []
        self.pulls = 0
        self.failure: Exception | None = None

    def bases(self) -> list[BaseModel]:
        return self.here

    def pull(
        self,
        name: str,
        *,
        progress: Callable[[str, float | None], None],
        cancelled: Callable[[], bool],
    ) -> BaseModel:
        self.pulls += 1
        if self.failure is not None:
            raise self.failure
        progress("copying", 0.5)
        self.here.append(base_model(name))
        return self.here[-1]


class Jobs:
    """Training: jobs that stay as the test left them."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.efforts: list[Effort] = []
        self.resumable = True

    def all(self, project_id: str | None = None) -> list[Job]:
        return [job for job in self.jobs if project_id in (None, job.project_id)]

    def recommended(self, version_id: str, base_model: str, effort: Effort) -> Hyperparameters:
        self.efforts.append(effort)
        return Hyperparameters(epochs=2)

    def start(self, spec: TrainingSpec, **changes: Any) -> Job:
        job = Job(
            id=new_id("job"),
            project_id=spec.project_id,
            name=spec.name,
            backend=spec.backend,
            spec=spec,
            created_at=now(),
            **changes,
        )
        self.jobs.append(job)
        return job

    def resume(self, job_id: str) -> Job:
        if not self.resumable:
            raise Conflict("There is no checkpoint.")
        (old,) = (job for job in self.jobs if job.id == job_id)
        return self.start(old.spec, resumed_from=job_id)

    def end(self, job: Job, status: JobStatus) -> Job:
        """Leaves the job in that status, whatever it was in."""
        self.jobs[self.jobs.index(job)] = ended = job.with_(status=status)
        return ended


class Runs:
    """Evaluations: each start is remembered."""

    def __init__(self) -> None:
        self.runs: list[EvaluationRun] = []

    def all(self, project_id: str) -> list[EvaluationRun]:
        return [run for run in self.runs if run.project_id == project_id]

    def decoding_for(self, version_id: str) -> Decoding:
        return Decoding(max_new_tokens=16)

    def start(self, *, version_id: str, **given: Any) -> EvaluationRun:
        run = EvaluationRun(
            id=new_id("evaluation"),
            dataset_version_id=version_id,
            model_name="A model",
            created_at=now(),
            **given,
        )
        self.runs.append(run)
        return run

    def end(self, run: EvaluationRun, status: RunStatus) -> EvaluationRun:
        """Leaves the run in that status."""
        self.runs[self.runs.index(run)] = ended = run.with_(status=status)
        return ended


SAMPLE = Path(__file__).parents[2] / "assets/sample"
