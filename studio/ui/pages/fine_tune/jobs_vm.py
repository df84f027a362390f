"""The table of training runs: one row for each job with progress, time left and result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.domain.endpoints import PREFIX
from studio.domain.evaluation import EvaluationRun, RunStatus
from studio.domain.jobs import Job, JobStatus
from studio.domain.values import now
from studio.ui.pages import figures
from studio.ui.pages.words import metric

if TYPE_CHECKING:
    from studio.services.container import Services


@dataclass(frozen=True, kw_only=True)
class JobRow:
    """One job in the table."""

    job: Job
    dataset: str
    where: str
    """This machine, or the provider's name."""
    score: EvaluationRun | None
    """Newest finished evaluation of the model it made."""

    @property
    def share(self) -> float:
        """Share of the steps that is done, 0 to 1."""
        if self.job.status is JobStatus.SUCCEEDED:
            return 1.0
        return min(1.0, self.job.step / self.job.total_steps) if self.job.total_steps else 0.0

    @property
    def progress(self) -> str:
        """Steps done and left, as text."""
        job = self.job
        if job.status is JobStatus.QUEUED or not job.total_steps:
            return ""
        return f"{figures.share(self.share, 0)} · step {job.step:,} of {job.total_steps:,}"

    @property
    def time_left(self) -> str:
        """Expected remaining time while it runs."""
        if self.job.status is not JobStatus.RUNNING:
            return ""
        return figures.remaining(self.job.eta_seconds, percent=100 * self.share, step=self.job.step)

    @property
    def duration(self) -> str:
        """How long it took, or has taken so far."""
        if self.job.started_at is None:
            return ""
        end = self.job.finished_at or now()
        return figures.duration((end - self.job.started_at).total_seconds())

    @property
    def started(self) -> str:
        """When it began, or when it was asked for."""
        return figures.moment(self.job.started_at or self.job.created_at)

    @property
    def result(self) -> str:
        """The score of its model, or that there is none yet."""
        if self.score is None or self.score.primary is None:
            return "not measured" if self.job.status is JobStatus.SUCCEEDED else ""
        primary = self.score.primary
        return f"{figures.share(primary.value)} {metric(primary.metric).title.lower()}"


@dataclass(kw_only=True)
class JobList:
    """Every training run of a project, newest first."""

    services: Services
    project_id: str
    rows: tuple[JobRow, ...] = ()

    def load(self) -> None:
        """Reads jobs, the names of their data and the scores of their models."""
        scores: dict[str, EvaluationRun] = {}
        for run in sorted(
            self.services.evaluation.all(self.project_id), key=lambda run: run.created_at
        ):
            if run.status is RunStatus.SUCCEEDED:
                scores[run.model_id] = run
        names: dict[str, str] = {}
        for dataset in self.services.datasets.all(self.project_id):
            for version in self.services.datasets.versions(dataset.id):
                names[version.id] = f"{dataset.name} v{version.number}"
        jobs = sorted(
            self.services.training.all(self.project_id),
            key=lambda job: job.created_at,
            reverse=True,
        )
        self.rows = tuple(
            JobRow(
                job=job,
                where=job.backend.removeprefix(PREFIX) if job.spec.hosted else "This machine",
                dataset=names.get(job.spec.dataset_version_id, "deleted data"),
                score=scores.get(job.model_version_id or ""),
            )
            for job in jobs
        )
