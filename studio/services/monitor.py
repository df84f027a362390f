"""Monitor: starts what waits, copies the news of runs into the store, publishes what succeeded."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

from studio.domain.errors import (
    Conflict,
    InvalidDataset,
    ModelRefused,
    NotFound,
    StorageFailed,
    StudioError,
)
from studio.domain.interfaces import TrainingBackend
from studio.domain.jobs import FailureKind, Job, JobStatus
from studio.domain.values import now
from studio.services.following import Follower
from studio.services.training import base_of, examples_of
from studio.store.datasets import DatasetStore
from studio.store.jobs import JobStore
from studio.store.models import ModelStore

PERIOD = 0.5
"""Seconds between two looks."""
BUSY = (JobStatus.RUNNING, JobStatus.CANCELLING, JobStatus.PAUSING)
WATCHED = (*BUSY, JobStatus.QUEUED, JobStatus.PAUSED)
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
        self._follower = Follower(jobs, models, backends, changes.note, ended)
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

    def _watched(self) -> list[Job]:
        return [job for job in self._jobs.all() if job.status in WATCHED]

    def poll_once(self) -> None:
        """Looks at every unfinished job once."""
        with self._polling:
            open_jobs = sorted(self._watched(), key=lambda job: job.created_at)
            for job in open_jobs:
                if job.status in BUSY or self._paused_elsewhere(job):
                    self._guarded(self._look_after, job)
            busy = {job.backend for job in self.running() if job.status in BUSY}
            for job in open_jobs:
                if job.status is JobStatus.QUEUED and not self._waits(job, busy):
                    busy.add(job.backend)
                    self._guarded(self._begin, job)

    def _waits(self, job: Job, busy: set[str]) -> bool:
        """One job for each device: a second one would make both fail or crawl."""
        return job.backend in busy and not self._elsewhere(job)

    def _paused_elsewhere(self, job: Job) -> bool:
        """A run paused at its provider may be let go on, or cancelled, by somebody else there."""
        paused = job.status is JobStatus.PAUSED and job.run_id is not None
        return paused and self._elsewhere(job)

    def _elsewhere(self, job: Job) -> bool:
        backend = self._backends.get(job.backend)
        return backend is not None and backend.parallel

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
            JobStatus.RUNNING,
            run_id=None,
            started_at=job.started_at or now(),
            message="",
            said="",
        )
        self._follower.save(running, job)
        self._hand_over(running)

    def _hand_over(self, job: Job) -> None:
        backend = self._backends.get(job.backend)
        if backend is None:
            self._follower.fail(job, "provider", f"There is no backend {job.backend} any more.")
            return
        resume_from = None if job.resumed_from is None else self._jobs.get(job.resumed_from).run_id
        try:
            train, validation = examples_of(self._datasets, job.spec)
            model = base_of(self._models, job.spec)
            run_id = backend.submit(
                job.spec, model, train, validation, job_id=job.id, resume_from=resume_from
            )
        except StudioError as error:
            why = next(word for kind, word in NOT_BEGUN if isinstance(error, kind))
            self._follower.fail(self._jobs.get(job.id), why, str(error))
            return
        job = self._jobs.get(job.id)  # Somebody may have asked it to stop meanwhile.
        self._follower.save(job.with_(run_id=run_id), job)
        if job.status is JobStatus.CANCELLING:
            backend.cancel(run_id)
        elif job.status is JobStatus.PAUSING:
            backend.pause(run_id)

    def _look_after(self, job: Job) -> None:
        if job.run_id is None:
            self._hand_over(job)
        else:
            self._follower.look_after(job, job.run_id)
