"""Training: plan a fine-tune, start it, cancel it, go on with it, follow it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from studio.core.training import recipes
from studio.domain.datasets import Example, Split
from studio.domain.errors import BackendUnavailable, Conflict, DoesNotFit, InvalidInput, NotFound
from studio.domain.interfaces import TrainingBackend
from studio.domain.jobs import TERMINAL, Event, Job, JobStatus
from studio.domain.training import Effort, Hyperparameters, Plan, TrainingSpec
from studio.domain.values import new_id, now
from studio.store.datasets import DatasetStore
from studio.store.jobs import JobStore
from studio.store.models import ModelStore


class TrainingService:
    """What a user can do with fine-tunes; the monitor moves them on."""

    def __init__(
        self,
        jobs: JobStore,
        datasets: DatasetStore,
        models: ModelStore,
        backends: Mapping[str, TrainingBackend],
        changed: Callable[[], None] = lambda: None,
        *,
        corrected: Callable[[TrainingSpec, Plan], Plan] = lambda spec, plan: plan,
        begun: Callable[[Job, Plan], None] = lambda job, plan: None,
    ) -> None:
        """`corrected` adjusts plans by earlier errors; `begun` hears of every run and its plan."""
        self._jobs, self._datasets, self._models = jobs, datasets, models
        self._backends = backends
        self._changed = changed
        self._corrected, self._begun = corrected, begun

    def recommended(self, version_id: str, base_model: str, effort: Effort) -> Hyperparameters:
        """Returns what the dial means for this data and this model."""
        version, model = self._datasets.version(version_id), self._models.base(base_model)
        return recipes.recommended(version.splits.get(Split.TRAIN, 0), model.facts, effort)

    def plan(self, spec: TrainingSpec) -> Plan:
        """Says what a run would need and what stands in its way; starts nothing."""
        train, validation = self._examples(spec)
        model = self._models.base(spec.base_model)
        plan = self._backend(spec.backend).plan(spec, model, train, validation)
        return self._corrected(spec, plan)

    def start(self, spec: TrainingSpec) -> Job:
        """Puts a run into the queue; it starts as soon as its device is free.

        Raises:
            DoesNotFit: when the plan has blockers; the message names each with its remedy.
            BackendUnavailable: when the backend cannot train here and now.
        """
        plan = self.plan(spec)
        if plan.blockers:
            raise DoesNotFit(
                "This run cannot start. " + " ".join(b.what for b in plan.blockers),
                hint=" ".join(b.remedy for b in plan.blockers),
            )
        job = self._queue(spec, resumed_from=None)
        self._begun(job, plan)
        return job

    def resume(self, job_id: str) -> Job:
        """Goes on from the last whole checkpoint: the same job, or a new one after a final end.

        Raises:
            Conflict: when the job still runs, succeeded, goes on already under another id, or has
                no checkpoint to go on from.
        """
        job = self._jobs.get(job_id)
        if job.status is JobStatus.INTERRUPTED:
            queued = job.moved_to(JobStatus.QUEUED, message="", failure=None)
            self._jobs.save(queued, expected=JobStatus.INTERRUPTED)
            self._changed()
            return queued
        if job.status not in (JobStatus.FAILED, JobStatus.CANCELLED):
            raise Conflict(
                f"{job.name} is {job.status}; only a stopped run can be resumed.",
                hint="Start a new run to train again.",
            )
        for other in self._jobs.all(job.project_id):
            if other.resumed_from == job_id and other.status not in TERMINAL:
                raise Conflict(
                    f"{job.name} goes on already.", hint="Open the newer of the two runs."
                )
        reason = self.not_resumable_because(job_id)
        if reason:
            raise Conflict(reason, hint="Start a new run instead.")
        return self._queue(job.spec, resumed_from=job.id)

    def not_resumable_because(self, job_id: str) -> str:
        """Says why a stopped run cannot go on; empty when it can."""
        job = self._jobs.get(job_id)
        if job.run_id is None:
            return "It never began, so there is no checkpoint to go on from."
        state = self._backend(job.backend).state(job.run_id)
        if state.failure == "nan":
            return "Its numbers diverged; going on would repeat that. Lower the learning rate."
        if not state.resumable and job.status is not JobStatus.INTERRUPTED:
            return "It stopped before its first checkpoint."
        return ""

    def cancel(self, job_id: str) -> Job:
        """Asks a run to save a checkpoint and stop; a waiting one just leaves the queue."""
        job = self._jobs.get(job_id)
        if job.status in (JobStatus.QUEUED, JobStatus.INTERRUPTED):
            stopped = job.moved_to(
                JobStatus.CANCELLED,
                finished_at=now(),
                message="Cancelled while it was not running.",
            )
        elif job.status is JobStatus.RUNNING:
            if job.run_id is not None:  # Otherwise it is just being handed over: see the monitor.
                self._backend(job.backend).cancel(job.run_id)
            stopped = job.moved_to(
                JobStatus.CANCELLING, message="Saving a checkpoint, then stopping."
            )
        else:
            return job
        self._jobs.save(stopped, expected=job.status)
        self._changed()
        return stopped

    def get(self, job_id: str) -> Job:
        """Returns the job with that id, or raises NotFound."""
        return self._jobs.get(job_id)

    def all(self, project_id: str | None = None) -> list[Job]:
        """Returns the jobs of a project, or all, newest first."""
        return self._jobs.all(project_id)

    def events(self, job_id: str, after: int = 0, limit: int = 1000) -> list[Event]:
        """Returns the job's news numbered above `after`, oldest first."""
        return self._jobs.events(job_id, after, limit)

    def log(self, job_id: str, last: int = 200) -> str:
        """Returns the last lines the worker printed, for people."""
        job = self._jobs.get(job_id)
        return "" if job.run_id is None else self._backend(job.backend).log(job.run_id, last)

    def _queue(self, spec: TrainingSpec, *, resumed_from: str | None) -> Job:
        backend = self._backend(spec.backend)
        reason = backend.unavailable_because()
        if reason:
            raise BackendUnavailable(reason)
        job = Job(
            id=new_id("job"),
            project_id=spec.project_id,
            name=spec.name,
            backend=spec.backend,
            spec=spec,
            resumed_from=resumed_from,
            created_at=now(),
        )
        self._jobs.add(job)
        self._changed()
        return job

    def _examples(self, spec: TrainingSpec) -> tuple[Sequence[Example], Sequence[Example]]:
        return examples_of(self._datasets, spec)

    def _backend(self, name: str) -> TrainingBackend:
        if name not in self._backends:
            raise InvalidInput(
                f"There is no backend {name!r}.", hint=f"Choose one of {', '.join(self._backends)}."
            )
        return self._backends[name]


def examples_of(
    datasets: DatasetStore, spec: TrainingSpec
) -> tuple[Sequence[Example], Sequence[Example]]:
    """Returns the training and validation examples of a spec, without those left out.

    Raises:
        NotFound: when the spec leaves out a row that the version does not have.
    """
    train = datasets.examples(spec.dataset_version_id, Split.TRAIN)
    validation = datasets.examples(spec.dataset_version_id, Split.VALIDATION)
    left_out = set(spec.leave_out)
    unknown = left_out - {example.id for example in (*train, *validation)}
    if unknown:
        raise NotFound(
            f"{len(unknown)} rows to leave out are not in the training or validation split.",
            hint="Open the form again: the dataset version has changed.",
        )
    return (
        [example for example in train if example.id not in left_out],
        [example for example in validation if example.id not in left_out],
    )
