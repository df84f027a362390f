"""Monitor: starts what waits, copies the news of runs into the store, publishes what succeeded."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from studio.domain.errors import (
    Conflict,
    InvalidDataset,
    ModelRefused,
    NotFound,
    StorageFailed,
    StudioError,
)
from studio.domain.interfaces import RunState, TrainingBackend
from studio.domain.jobs import TERMINAL, Event, FailureKind, Job, JobStatus
from studio.domain.models import ModelVersion
from studio.domain.values import now
from studio.services.training import examples_of
from studio.store.datasets import DatasetStore
from studio.store.jobs import JobStore
from studio.store.models import ModelStore

LATEST = 50
"""Events at the end of a run among which its last step is."""
PERIOD = 0.5
"""Seconds between two looks."""
BUSY = (JobStatus.RUNNING, JobStatus.CANCELLING)
NOT_BEGUN: tuple[tuple[type[StudioError], FailureKind], ...] = (
    (StorageFailed, "disk"),
    (ModelRefused, "model"),
    (InvalidDataset, "data"),
    (NotFound, "data"),
    (StudioError, "internal"),
)
"""Which word says why a run could not be handed over; the first that applies."""
LOG = logging.getLogger(__name__)


class Changes:
    """A number that grows whenever something users look at has changed."""

    def __init__(self) -> None:
        self._revision = 0
        self._lock = threading.Lock()
        self._bell = threading.Event()

    def note(self) -> None:
        """Says that something changed."""
        with self._lock:
            self._revision += 1
        self._bell.set()

    @property
    def revision(self) -> int:
        """The number."""
        return self._revision

    def wait(self, seconds: float) -> None:
        """Waits until something changed, or so long."""
        self._bell.wait(seconds)
        self._bell.clear()


class MonitorService:
    """Follows every run, wherever it is, and never ends one."""

    def __init__(
        self,
        jobs: JobStore,
        datasets: DatasetStore,
        models: ModelStore,
        backends: Mapping[str, TrainingBackend],
        changes: Changes,
        *,
        ended: Callable[[Job], None] = lambda job: None,
    ) -> None:
        """`ended` hears of every run that has come to its end."""
        self._jobs, self._datasets, self._models = jobs, datasets, models
        self._backends, self._changes = backends, changes
        self._ended = ended
        self._polling = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._troubles: dict[str, str] = {}

    def start(self) -> None:
        """Begins to follow runs in the background; those of an earlier studio are taken up."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._follow, name="monitor", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends following; running workers go on by themselves."""
        self._stopping.set()
        self._changes.note()
        if self._thread is not None:
            self._thread.join(timeout=10)
            self._thread = None

    def revision(self) -> int:
        """Returns a number that grows whenever a job or its news changed."""
        return self._changes.revision

    def running(self) -> list[Job]:
        """Returns the jobs that are waiting, running or stopping."""
        return [job for job in self._jobs.all() if job.status in (*BUSY, JobStatus.QUEUED)]

    def poll_once(self) -> None:
        """Looks at every unfinished job once."""
        with self._polling:
            open_jobs = sorted(self.running(), key=lambda job: job.created_at)
            for job in open_jobs:
                if job.status in BUSY:
                    self._guarded(self._look_after, job)
            busy = {job.backend for job in self.running() if job.status in BUSY}
            for job in open_jobs:
                if job.status is JobStatus.QUEUED and job.backend not in busy:
                    # One job for each device: a second one would make both fail or crawl.
                    busy.add(job.backend)
                    self._guarded(self._begin, job)

    def _follow(self) -> None:
        while not self._stopping.is_set():
            try:
                self.poll_once()
            except Exception:  # noqa: BLE001 - the monitor must survive to follow the other runs
                LOG.exception("The monitor could not look at the jobs.")
            self._changes.wait(PERIOD)

    def _guarded(self, step: Callable[[Job], None], job: Job) -> None:
        try:
            step(job)
        except Conflict:
            LOG.info("Job %s was moved by somebody else; the next look sees it.", job.id)
        except Exception as error:  # noqa: BLE001 - trouble while looking is not the job's state
            # Twice a second the same words would fill the log and say nothing new.
            if self._troubles.get(job.id) != repr(error):
                LOG.exception("Job %s could not be looked after.", job.id)
            self._troubles[job.id] = repr(error)
        else:
            self._troubles.pop(job.id, None)

    def _begin(self, job: Job) -> None:
        # Running first, handed over second: a crash or a request to stop in between is then found
        # by the next look, and no worker runs that no job knows of.
        running = job.moved_to(
            JobStatus.RUNNING, run_id=None, started_at=job.started_at or now(), message=""
        )
        self._save(running, job)
        self._hand_over(running)

    def _hand_over(self, job: Job) -> None:
        backend = self._backends[job.backend]
        resume_from = None if job.resumed_from is None else self._jobs.get(job.resumed_from).run_id
        try:
            train, validation = examples_of(self._datasets, job.spec)
            model = self._models.base(job.spec.base_model)
            run_id = backend.submit(
                job.spec, model, train, validation, job_id=job.id, resume_from=resume_from
            )
        except StudioError as error:
            why = next(word for kind, word in NOT_BEGUN if isinstance(error, kind))
            self._fail(self._jobs.get(job.id), why, str(error))
            return
        job = self._jobs.get(job.id)  # Somebody may have asked it to stop meanwhile.
        self._save(job.with_(run_id=run_id), job)
        if job.status is JobStatus.CANCELLING:
            backend.cancel(run_id)

    def _fail(self, job: Job, why: FailureKind, message: str) -> None:
        failed = job.moved_to(
            JobStatus.FAILED, failure=why, message=message, finished_at=now(), eta_seconds=None
        )
        self._save(failed, job)

    def _look_after(self, job: Job) -> None:
        if job.run_id is None:
            self._hand_over(job)
            return
        backend = self._backends[job.backend]
        try:
            # The state first: events written before the end are then all there to be copied.
            state = backend.state(job.run_id)
        except NotFound as error:
            self._fail(job, "internal", str(error))
            return
        job = self._copy_news(job, backend)
        if state.status != "running":
            self._end(job, state)

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
            self._changes.note()
        return job

    def _end(self, job: Job, state: RunState) -> None:
        # A request to stop writes back the step it read, which may be one or two behind by then.
        last = self._jobs.last_event_number(job.id)
        job = job.with_(**_progress(job, self._jobs.events(job.id, max(0, last - LATEST))))
        if state.status == "interrupted" and job.status is JobStatus.RUNNING:
            self._save(
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
        if status is JobStatus.CANCELLED and not stopping:
            # Stopped by somebody else, for example at shutdown: the word for it comes in two moves.
            asked = job.moved_to(JobStatus.CANCELLING)
            self._save(asked, job)
            job = asked
        ended = job.moved_to(
            status,
            failure=state.failure,
            message=state.message or "Stopped as asked.",
            finished_at=now(),
            eta_seconds=None,
        )
        self._save(ended, job)

    def _publish(self, job: Job, state: RunState) -> None:
        assert state.artifact is not None
        folder = Path(state.artifact)
        version = ModelVersion(
            # Named after the job, so that doing this twice after a crash makes one version.
            id=job.id.replace("job_", "model_"),
            project_id=job.project_id,
            name=job.name,
            base_model=job.spec.base_model,
            job_id=job.id,
            dataset_version_id=job.spec.dataset_version_id,
            path=str(folder),
            method=job.spec.method,
            manifest_sha256=hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest(),
            validation_loss=state.validation_loss,
            created_at=now(),
        )
        if all(known.id != version.id for known in self._models.versions(job.project_id)):
            self._models.add_version(version)
        done = job.moved_to(
            JobStatus.SUCCEEDED,
            message=state.message or "The tuned model is ready.",
            finished_at=now(),
            model_version_id=version.id,
            eta_seconds=0.0,
        )
        self._save(done, job)

    def _save(self, job: Job, before: Job) -> None:
        self._jobs.save(job, expected=before.status)
        if job.status in TERMINAL:
            self._ended(job)
        self._changes.note()


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
