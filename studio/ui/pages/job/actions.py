"""What can be done with a run now: pause, stop or resume it, or measure the model it made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from studio.domain.datasets import Split
from studio.domain.errors import Conflict
from studio.domain.evaluation import Decoding, EvaluationRun, RunStatus
from studio.domain.jobs import Job, JobStatus

if TYPE_CHECKING:
    from studio.services.container import Services

RESUMABLE = frozenset(
    {JobStatus.PAUSED, JobStatus.INTERRUPTED, JobStatus.FAILED, JobStatus.CANCELLED}
)
USABLE = frozenset({RunStatus.SUCCEEDED, RunStatus.RUNNING, RunStatus.QUEUED})


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Base and tuned model measured on the same examples."""

    baseline: EvaluationRun
    candidate: EvaluationRun

    @property
    def path(self) -> str:
        """Where the two are compared."""
        return f"/evaluate/{self.baseline.id}/{self.candidate.id}"


def can_cancel(job: Job) -> bool:
    """True while there is something to stop."""
    return job.status in (JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.PAUSING, JobStatus.PAUSED)


def not_begun(job: Job) -> bool:
    """True while nothing was trained: a paused run that waits to go on has something to lose."""
    return job.status is JobStatus.QUEUED and job.run_id is None


def can_pause(job: Job) -> bool:
    """True while it waits or runs."""
    return job.status in (JobStatus.QUEUED, JobStatus.RUNNING)


def can_resume(job: Job) -> bool:
    """True when a checkpoint may exist to continue from; the service has the last word."""
    return job.status in RESUMABLE


def held_out(services: Services, job: Job) -> Split:
    """The split that a run's model is measured on.

    It is the test split; rows that a program brought through `/v1` have none, but often a
    validation split, which was not trained on either.
    """
    splits = services.datasets.version(job.spec.dataset_version_id).splits
    other = splits.get(Split.VALIDATION, 0) and not splits.get(Split.TEST, 0)
    return Split.VALIDATION if other else Split.TEST


def measured(services: Services, job: Job, decoding: Decoding | None = None) -> Pair | None:
    """The pair of evaluations on held-out rows that exists for this run's model, newest first."""
    if job.model_version_id is None:
        return None
    split = held_out(services, job)
    newest = sorted(
        services.evaluation.all(job.project_id), key=lambda run: run.created_at, reverse=True
    )
    runs = [
        run
        for run in newest
        if run.dataset_version_id == job.spec.dataset_version_id
        and run.split is split
        and run.status in USABLE
        and (decoding is None or run.decoding == decoding)
    ]
    for candidate in (run for run in runs if run.model_id == job.model_version_id):
        for baseline in (run for run in runs if run.model_id == job.spec.base_id):
            if baseline.decoding == candidate.decoding:
                return Pair(baseline=baseline, candidate=candidate)
    return None


def measure(services: Services, job: Job) -> Pair:
    """Starts both evaluations on held-out rows, or returns those that are there already.

    Raises:
        Conflict: when the run has not made a model.
    """
    if job.model_version_id is None:
        raise Conflict("This run has not made a model yet.", hint="Wait until it is finished.")
    decoding = services.evaluation.decoding_for(job.spec.dataset_version_id)
    there = measured(services, job, decoding)
    if there is not None:
        return there

    def start(model_id: str) -> EvaluationRun:
        return services.evaluation.start(
            project_id=job.project_id,
            version_id=job.spec.dataset_version_id,
            split=held_out(services, job),
            model_id=model_id,
            decoding=decoding,
        )

    return Pair(
        baseline=_existing(services, job, decoding) or start(job.spec.base_id),
        candidate=start(job.model_version_id),
    )


def _existing(services: Services, job: Job, decoding: Decoding) -> EvaluationRun | None:
    split = held_out(services, job)
    for run in services.evaluation.all(job.project_id):
        if (
            run.model_id == job.spec.base_id
            and run.dataset_version_id == job.spec.dataset_version_id
            and run.split is split
            and run.decoding == decoding
            and run.status in USABLE
        ):
            return run
    return None


def train_here(job: Job) -> str:
    """Where the same fine-tune is described for this machine: same examples, same name."""
    return (
        f"/fine-tune/new?dataset_version_id={quote(job.spec.dataset_version_id)}"
        f"&backend=local&name={quote(job.name, safe='')}"
    )
