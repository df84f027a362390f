"""Training: plan a fine-tune, start it, cancel it, go on with it, follow it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from studio.core.quality import personal_data
from studio.core.training import recipes
from studio.domain.datasets import Example, Split
from studio.domain.endpoints import PREFIX
from studio.domain.errors import BackendUnavailable, Conflict, DoesNotFit, InvalidInput, NotFound
from studio.domain.interfaces import TrainingBackend
from studio.domain.jobs import TERMINAL, Checkpoint, Event, Job, JobStatus
from studio.domain.models import BaseModel
from studio.domain.training import (
    Effort,
    Hyperparameters,
    Objective,
    PersonalData,
    Plan,
    TrainingSpec,
)
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
        priced: Callable[[TrainingSpec, Plan], Plan] = lambda spec, plan: plan,
    ) -> None:
        """`corrected` adjusts plans by earlier errors; `begun` hears of every run and its plan.

        `priced` puts the provider's price into plans of hosted runs.
        """
        self._jobs, self._datasets, self._models = jobs, datasets, models
        self._backends = backends
        self._changed = changed
        self._corrected, self._begun, self._priced = corrected, begun, priced
        self._scanned: tuple[object, tuple[PersonalData, ...]] = (None, ())

    def recommended(
        self,
        version_id: str,
        base_model: str,
        effort: Effort,
        backend: str = "local",
        objective: Objective = Objective.SFT,
    ) -> Hyperparameters:
        """Returns what the dial means for this data and this model, here or at an endpoint."""
        n_train = self._datasets.version(version_id).splits.get(Split.TRAIN, 0)
        if backend.startswith(PREFIX):
            return recipes.recommended_elsewhere(n_train, effort, objective)
        facts = self._models.base(base_model).facts
        return recipes.recommended(n_train, facts, effort, objective)

    def places(self) -> list[str]:
        """Returns the names of the backends that can be chosen: `local`, `endpoint:NAME`."""
        return list(self._backends)

    def plan(self, spec: TrainingSpec) -> Plan:
        """Says what a run would need and what stands in its way; starts nothing."""
        train, validation = self._examples(spec)
        model = base_of(self._models, spec)
        plan = self._backend(spec.backend).plan(spec, model, train, validation)
        if plan.disclosure is not None:
            found = self._seen(spec, [*train, *validation])
            plan = plan.with_(disclosure=plan.disclosure.with_(personal_data=found))
        return self._priced(spec, self._corrected(spec, plan))

    def start(self, spec: TrainingSpec, *, job_id: str | None = None) -> Job:
        """Puts a run into the queue; it starts as soon as its device is free.

        `job_id` is for runs that had a name before they had a job.

        Raises:
            DoesNotFit: when the plan has blockers; the message names each with its remedy.
            Conflict: when data would leave this machine and nobody agreed to exactly that.
            BackendUnavailable: when the backend cannot train here and now.
        """
        plan = self.plan(spec)
        if plan.blockers:
            raise DoesNotFit(
                "This run cannot start. " + " ".join(b.what for b in plan.blockers),
                hint=" ".join(b.remedy for b in plan.blockers),
            )
        if plan.disclosure is not None and spec.agreed != plan.disclosure.fingerprint:
            raise Conflict(
                f"Nobody has agreed yet to what would be sent to {plan.disclosure.host}.",
                hint="Look at what leaves this machine, agree to it, then start again.",
            )
        job = self._queue(spec, resumed_from=None, job_id=job_id)
        self._begun(job, plan)
        return job

    def resume(self, job_id: str) -> Job:
        """Goes on from the last whole checkpoint: the same job, or a new one after a final end.

        Raises:
            Conflict: when the job still runs, succeeded, goes on already under another id, or has
                no checkpoint to go on from.
        """
        job = self._jobs.get(job_id)
        if job.status in (JobStatus.INTERRUPTED, JobStatus.PAUSED):
            queued = job.moved_to(JobStatus.QUEUED, message="", failure=None)
            self._jobs.save(queued, expected=job.status)
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

    def pause(self, job_id: str) -> Job:
        """Asks a run to save a checkpoint and wait until it is resumed; a waiting one just waits.

        Raises:
            Conflict: when it neither waits nor runs.
            BackendUnavailable: where runs cannot be paused.
        """
        job = self._jobs.get(job_id)
        if job.status in (JobStatus.PAUSING, JobStatus.PAUSED):
            return job
        if job.status is JobStatus.QUEUED and job.run_id is None:
            paused = job.moved_to(JobStatus.PAUSED, message="Paused before it began.")
        elif job.status is JobStatus.RUNNING and job.run_id is not None:
            self._backend(job.backend).pause(job.run_id)
            paused = job.moved_to(
                JobStatus.PAUSING, message="Saving a checkpoint, then waiting.", eta_seconds=None
            )
        else:
            raise Conflict(
                f"{job.name} is {job.status}; only a waiting or running one can be paused.",
                hint="Reload the page to see its present state.",
            )
        self._jobs.save(paused, expected=job.status)
        self._changed()
        return paused

    def cancel(self, job_id: str) -> Job:
        """Asks a run to save a checkpoint and stop; a waiting one just leaves the queue."""
        job = self._jobs.get(job_id)
        elsewhere = job.run_id is not None and self._backend(job.backend).parallel
        idle = (JobStatus.QUEUED, JobStatus.INTERRUPTED)
        if job.status in idle or (job.status is JobStatus.PAUSED and not elsewhere):
            if elsewhere and job.run_id is not None:
                self._backend(job.backend).cancel(job.run_id)
            stopped = job.moved_to(
                JobStatus.CANCELLED,
                finished_at=now(),
                message="Cancelled while it was not running.",
            )
        elif job.status in (JobStatus.RUNNING, JobStatus.PAUSING, JobStatus.PAUSED):
            # A hosted run that is paused exists at its provider, who has to be asked.
            if job.run_id is not None:  # Otherwise it is just being handed over: see the monitor.
                self._backend(job.backend).cancel(job.run_id)
            doing = "Asking the provider to stop." if elsewhere else "Saving a checkpoint first."
            stopped = job.moved_to(JobStatus.CANCELLING, message=doing)
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

    def checkpoints(self, job_id: str) -> list[Checkpoint]:
        """Returns the job's checkpoints that are still kept and can be asked, oldest first."""
        job = self._jobs.get(job_id)
        return [] if job.run_id is None else self._backend(job.backend).checkpoints(job.run_id)

    def log(self, job_id: str, last: int = 200) -> str:
        """Returns the last lines the worker printed, for people."""
        job = self._jobs.get(job_id)
        return "" if job.run_id is None else self._backend(job.backend).log(job.run_id, last)

    def _queue(
        self, spec: TrainingSpec, *, resumed_from: str | None, job_id: str | None = None
    ) -> Job:
        backend = self._backend(spec.backend)
        reason = backend.unavailable_because()
        if reason:
            raise BackendUnavailable(reason)
        job = Job(
            id=job_id or new_id("job"),
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

    def _seen(self, spec: TrainingSpec, rows: Sequence[Example]) -> tuple[PersonalData, ...]:
        # A form plans anew with every change, and a version never changes.
        key = (spec.dataset_version_id, spec.leave_out)
        if key != self._scanned[0]:
            self._scanned = (key, personal_data.seen(rows))
        return self._scanned[1]

    def _examples(self, spec: TrainingSpec) -> tuple[Sequence[Example], Sequence[Example]]:
        return examples_of(self._datasets, spec)

    def _backend(self, name: str) -> TrainingBackend:
        if name not in self._backends:
            raise InvalidInput(
                f"There is no backend {name!r}.", hint=f"Choose one of {', '.join(self._backends)}."
            )
        return self._backends[name]


def base_of(models: ModelStore, spec: TrainingSpec) -> BaseModel | None:
    """Returns the registered base model of a spec, None when its backend has models of its own."""
    return None if spec.hosted else models.base(spec.base_model)


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
