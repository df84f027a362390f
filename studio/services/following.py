"""Follower: copies the news of one run into the store and writes how it stands and ends."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from studio.domain.endpoints import PREFIX
from studio.domain.errors import NotFound
from studio.domain.interfaces import RunState, TrainingBackend
from studio.domain.jobs import TERMINAL, Event, FailureKind, Job, JobStatus
from studio.domain.models import ModelVersion
from studio.domain.values import now
from studio.store.jobs import JobStore
from studio.store.models import ModelStore

LATEST = 50
"""Events at the end of a run among which its last step is."""


class Follower:
    """Looks after runs that were handed over; never ends one."""

    def __init__(
        self,
        jobs: JobStore,
        models: ModelStore,
        backends: Mapping[str, TrainingBackend],
        changed: Callable[[], None],
        ended: Callable[[Job], None],
    ) -> None:
        self._jobs, self._models, self._backends = jobs, models, backends
        self._changed, self._ended = changed, ended

    def look_after(self, job: Job, run_id: str) -> None:
        """Copies the news of a run and moves its job on."""
        backend = self._backends.get(job.backend)
        if backend is None:
            self._tell(job, message=f"The endpoint of {job.backend} was removed from Settings.")
            return
        try:
            # The state first: events written before the end are then all there to be copied.
            state = backend.state(run_id)
        except NotFound as error:
            self.fail(job, "internal", str(error))
            return
        job = self._copy_news(job, backend)
        if state.status == "running":
            self._goes_on(job, state)
        elif state.status == "paused":
            self._pauses(job, state)
        else:
            self._end(job, state)

    def _goes_on(self, job: Job, state: RunState) -> None:
        if job.status is JobStatus.PAUSED:  # Somebody let it go on at its provider.
            running = job.moved_to(JobStatus.RUNNING, said=state.said, message=state.message)
            self.save(running, job)
        elif job.status is JobStatus.PAUSING and state.message:  # Its provider would not.
            refused = job.moved_to(JobStatus.RUNNING, said=state.said, message=state.message)
            self.save(refused, job)
        elif job.status is JobStatus.RUNNING:
            self._tell(job, said=state.said, message=state.message)
        else:
            self._tell(job, said=state.said)

    def _pauses(self, job: Job, state: RunState) -> None:
        if job.status in (JobStatus.RUNNING, JobStatus.PAUSING):
            message = state.message or "It waits until it is resumed."
            paused = job.moved_to(
                JobStatus.PAUSED, said=state.said, message=message, eta_seconds=None
            )
            self.save(paused, job)
        elif job.status is JobStatus.CANCELLING and not self._backends[job.backend].parallel:
            # Asked to pause, then to stop: what it waited for will not come.
            stopped = job.moved_to(
                JobStatus.CANCELLED, message="Stopped as asked.", finished_at=now()
            )
            self.save(stopped, job)
        else:
            self._tell(job, said=state.said)

    def _tell(self, job: Job, **changes: str) -> None:
        """Writes what the backend says of a job that stays where it is."""
        told = job.with_(**changes)
        if told != job:
            self.save(told, job)

    def _copy_news(self, job: Job, backend: TrainingBackend) -> Job:
        assert job.run_id is not None
        known = self._jobs.last_event_number(job.id)
        while events := backend.events(job.run_id, known):
            self._jobs.add_events(job.id, events)
            known = events[-1].n
            moved = job.with_(**_progress(job, events))
            if moved != job:
                self._jobs.save(moved, expected=job.status)
                job = moved
            self._changed()
        return job

    def _end(self, job: Job, state: RunState) -> None:
        # A request to stop writes back the step it read, which may be one or two behind by then.
        last = self._jobs.last_event_number(job.id)
        job = job.with_(**_progress(job, self._jobs.events(job.id, max(0, last - LATEST))))
        job = job.with_(said=state.said)
        if state.status == "interrupted" and job.status in (JobStatus.RUNNING, JobStatus.PAUSING):
            self.save(
                job.moved_to(
                    JobStatus.INTERRUPTED, failure="killed", message=state.message, eta_seconds=None
                ),
                job,
            )
            return
        stopping = job.status is JobStatus.CANCELLING
        if state.status == "failed" or (stopping and state.status == "interrupted"):
            status = JobStatus.CANCELLED if stopping else JobStatus.FAILED
        elif stopping or state.status == "cancelled":
            status = JobStatus.CANCELLED
        else:
            self._publish(job, state)
            return
        if status is JobStatus.CANCELLED and not stopping and job.status is not JobStatus.PAUSED:
            # Stopped by somebody else, for example at shutdown: the word for it comes in two moves.
            asked = job.moved_to(JobStatus.CANCELLING)
            self.save(asked, job)
            job = asked
        ended = job.moved_to(
            status,
            failure=state.failure,
            message=state.message or "Stopped as asked.",
            finished_at=now(),
            eta_seconds=None,
        )
        self.save(ended, job)

    def _publish(self, job: Job, state: RunState) -> None:
        path, manifest = state.artifact or "", ""
        if state.artifact is not None:
            manifest = hashlib.sha256((Path(path) / "manifest.json").read_bytes()).hexdigest()
        version = ModelVersion(
            # Named after the job, so that doing this twice after a crash makes one version.
            id=job.id.replace("job_", "model_"),
            project_id=job.project_id,
            name=job.name,
            base_model=job.spec.base_model,
            job_id=job.id,
            dataset_version_id=job.spec.dataset_version_id,
            path=path,
            method=job.spec.method if state.artifact is not None else "hosted",
            manifest_sha256=manifest,
            endpoint=job.spec.backend.removeprefix(PREFIX) if state.remote_model else "",
            remote_model=state.remote_model or "",
            validation_loss=state.validation_loss,
            created_at=now(),
        )
        if all(known.id != version.id for known in self._models.versions(job.project_id)):
            self._models.add_version(version)
        if job.status is JobStatus.PAUSED:  # It went on and ended between two looks.
            going = job.moved_to(JobStatus.RUNNING)
            self.save(going, job)
            job = going
        done = job.moved_to(
            JobStatus.SUCCEEDED,
            message=state.message or "The tuned model is ready.",
            finished_at=now(),
            model_version_id=version.id,
            eta_seconds=0.0,
        )
        self.save(done, job)

    def fail(self, job: Job, why: FailureKind, message: str) -> None:
        """Ends a job that cannot go on."""
        failed = job.moved_to(
            JobStatus.FAILED, failure=why, message=message, finished_at=now(), eta_seconds=None
        )
        self.save(failed, job)

    def save(self, job: Job, before: Job) -> None:
        """Writes a job that was `before`; whoever waits for its end hears of it."""
        self._jobs.save(job, expected=before.status)
        if job.status in TERMINAL:
            self._ended(job)
        self._changed()


def _progress(job: Job, events: list[Event]) -> dict[str, float | int | None]:
    """Returns the job's fields that the last metrics change."""
    for event in reversed(events):
        if event.kind == "metrics" and "total_steps" in event.data:
            return {
                "step": int(event.data["step"]),
                "total_steps": int(event.data["total_steps"]),
                "eta_seconds": event.data.get("eta_seconds"),
            }
    return {}
