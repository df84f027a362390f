"""Wire jobs: fine-tunes as clients of the OpenAI wire see them; each is a job like any other."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from studio.domain.datasets import Split
from studio.domain.errors import Conflict, InvalidInput, NotFound
from studio.domain.jobs import TERMINAL, Event, Job, JobStatus
from studio.domain.models import BaseModel, ModelVersion
from studio.domain.values import now
from studio.domain.wire import TuningOrder, WireFile
from studio.services.training import TrainingService
from studio.services.turns import Turns
from studio.services.wire_checking import OrderChecker
from studio.services.wire_files import WireFileService
from studio.services.wire_orders import (
    Facts,
    WireJob,
    file_of,
    is_local,
    order_of,
    tokens_of,
)
from studio.services.wire_results import ResultFiles
from studio.services.wire_uploads import WireUploadService
from studio.store.datasets import DatasetStore
from studio.store.jobs import JobStore
from studio.store.models import ModelStore
from studio.store.tuning_orders import TuningOrderStore

TIDYING = 60.0
"""Seconds between two looks for files and uploads whose time is over."""
PATIENCE = 60.0
"""Seconds for which a request waits until files are checked, or a run has really paused."""
LOOK = 0.1
GOES_ON = (JobStatus.PAUSED, JobStatus.INTERRUPTED)


class WireJobService:
    """What a client can do with fine-tunes."""

    def __init__(
        self,
        orders: TuningOrderStore,
        jobs: JobStore,
        models: ModelStore,
        datasets: DatasetStore,
        training: TrainingService,
        files: WireFileService,
        uploads: WireUploadService,
        results: ResultFiles,
        checker: OrderChecker,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._orders, self._jobs = orders, jobs
        self._models, self._datasets = models, datasets
        self._training, self._files, self._uploads = training, files, uploads
        self._results, self._patience = results, patience
        self._turns = Turns("wire-orders", checker.check, look=self._tidy, period=TIDYING)

    def open(self) -> None:
        """Begins to check orders, those that an earlier studio left first."""
        self._turns.open(lambda: [order.id for order in self._orders.validating()])

    def close(self) -> None:
        """Stops after the order in hand; what is left is checked by the next studio."""
        self._turns.close()

    def base(self, name: str) -> BaseModel:
        """Returns the base model of that id or name.

        Raises:
            NotFound: when there is none.
        """
        bases = self._models.bases()
        for base in bases:
            if name in (base.id, base.name):
                return base
        offered = ", ".join(base.id for base in bases) or "none yet"
        raise NotFound(
            f"The model {name[:120]} cannot be tuned here. Base models: {offered}.",
            hint="Fetch another one with `studio models pull`.",
            param="model",
            code="model_not_found",
        )

    def create(self, order: TuningOrder) -> WireJob:
        """Takes an order; its files are checked in the background.

        Raises:
            InvalidInput: when a file is not there, or is for something else.
            Conflict: when another request came under the same name before.
        """
        known = self._orders.known(order)
        if known is not None:  # Its files may be gone by now; it was taken all the same.
            return self._of(known)
        for param in ("training_file", "validation_file"):
            self._refuse_file(getattr(order, param), order.project_id, param)
        kept = self._orders.add(order)
        if kept.id == order.id:
            self._turns.put(kept.id)
        return self._of(kept)

    def get(self, job_id: str, project_id: str) -> WireJob:
        """Returns a fine-tune of the project, or raises NotFound."""
        try:
            order = self._orders.get(job_id)
        except NotFound:
            order = self._made_here(job_id)
        if order.project_id != project_id:
            raise NotFound(f"There is no fine-tuning job {job_id}.")
        return self._of(order)

    def all(self, project_id: str) -> list[WireJob]:
        """Returns the project's fine-tunes on this machine, newest first."""
        jobs = {job.id: job for job in self._jobs.all(project_id)}
        found = [WireJob(order=one, job=jobs.get(one.id)) for one in self._orders.all(project_id)]
        ordered = {one.id for one in found}
        found += [
            WireJob(order=order_of(job), job=job)
            for job in jobs.values()
            if job.id not in ordered and is_local(job)
        ]
        return sorted(found, key=lambda one: one.order.created_at, reverse=True)

    def facts(self, wire: WireJob) -> Facts:
        """Returns what is known of a fine-tune beside its job."""
        if wire.job is None:
            return Facts()
        version = self._version(wire.job)
        result = self._results.of(wire.job)
        return Facts(
            trained_tokens=None if version is None else tokens_of(version),
            validation_file=self._held_out(wire, wire.job),
            result_file=None if result is None else result.id,
            last_event=self._jobs.last_event_number(wire.job.id),
        )

    def cancel(self, job_id: str, project_id: str) -> WireJob:
        """Stops a fine-tune; one that is stopped already stays so.

        Raises:
            Conflict: when it came to its end before.
        """
        wire = self.get(job_id, project_id)
        if wire.job is None and wire.order.status == "validating":
            stopped = wire.order.with_(status="cancelled", finished_at=now())
            with suppress(Conflict):  # It was started, or refused, in this very moment.
                self._orders.save(stopped)
            wire = self.get(job_id, project_id)
        if wire.job is not None and wire.job.status not in TERMINAL:
            self._training.cancel(job_id)
            return self.get(job_id, project_id)
        self._refuse_ended(wire, JobStatus.CANCELLED)
        return wire

    def pause(self, job_id: str, project_id: str) -> WireJob:
        """Lets a fine-tune wait; one that waits already goes on waiting.

        Raises:
            Conflict: when it came to its end, or its files are checked for long.
        """
        wire = self._settled(job_id, project_id)
        self._refuse_ended(wire)
        if wire.job is None:
            raise Conflict("Its files are still being checked.", hint="Pause it when it is queued.")
        if wire.job.status is not JobStatus.INTERRUPTED:  # That one waits already.
            self._training.pause(job_id)
        return self.get(job_id, project_id)

    def resume(self, job_id: str, project_id: str) -> WireJob:
        """Lets a fine-tune that waits go on.

        Raises:
            Conflict: when it does not wait.
        """
        wire = self._settled(job_id, project_id)
        if wire.job is None or wire.job.status not in GOES_ON:
            status = wire.order.status if wire.job is None else wire.job.status
            raise Conflict(
                f"The job is {status}; only a paused one can go on.",
                hint="Retrieve it to see its present state.",
            )
        self._training.resume(job_id)
        return self.get(job_id, project_id)

    def news(self, wire: WireJob, below: int | None, limit: int) -> list[Event]:
        """Returns the job's news numbered below `below`, or the latest, newest first."""
        return [] if wire.job is None else self._jobs.latest_events(wire.id, below, limit)

    def measured(self, wire: WireJob) -> list[Event]:
        """Returns all figures and checkpoints of the run, oldest first."""
        return [] if wire.job is None else self._results.measured(wire.job)

    def kept_steps(self, wire: WireJob) -> set[int]:
        """Returns the steps whose checkpoints are still kept and can be asked."""
        if wire.job is None:
            return set()
        with suppress(NotFound):  # Somebody may have deleted the run's folder.
            return {one.step for one in self._training.checkpoints(wire.id)}
        return set()

    def _settled(self, job_id: str, project_id: str) -> WireJob:
        """Returns a fine-tune once it has left a state that is over in a moment."""
        until, wait = time.monotonic() + self._patience, threading.Event()
        while True:
            wire = self.get(job_id, project_id)
            moving = (
                wire.order.status == "validating"
                if wire.job is None
                else wire.job.status is JobStatus.PAUSING
            )
            if not moving or time.monotonic() >= until:
                return wire
            wait.wait(LOOK)

    def _tidy(self) -> None:
        self._files.clean()
        self._uploads.clean()

    def _of(self, order: TuningOrder) -> WireJob:
        try:
            return WireJob(order=order, job=self._jobs.get(order.id))
        except NotFound:
            return WireJob(order=order)

    def _made_here(self, job_id: str) -> TuningOrder:
        try:
            job = self._jobs.get(job_id)
        except NotFound:
            job = None
        if job is None or not is_local(job):
            raise NotFound(f"There is no fine-tuning job {job_id}.")
        return order_of(job)

    def _held_out(self, wire: WireJob, job: Job) -> str | None:
        """Returns the validation file of a run that was started in the studio, if it has one."""
        version_id = job.spec.dataset_version_id
        if wire.order.training_file != file_of(version_id, Split.TRAIN):
            return None
        held = self._datasets.version(version_id).splits.get(Split.VALIDATION, 0)
        return file_of(version_id, Split.VALIDATION) if held else None

    def _version(self, job: Job) -> ModelVersion | None:
        if job.model_version_id is None:
            return None
        try:
            return self._models.version(job.model_version_id)
        except NotFound:
            return None  # The tuned model was deleted; its job tells of it still.

    def _refuse_file(self, file_id: str | None, project_id: str, param: str) -> None:
        if file_id is None:
            return
        try:
            file: WireFile = self._files.get(file_id, project_id)
        except NotFound as error:
            raise InvalidInput(
                f"There is no such file for '{param}'.",
                hint="Upload it first.",
                param=param,
                code="file_not_found",
            ) from error
        if file.purpose != "fine-tune":
            raise InvalidInput(
                f"The file for '{param}' has the purpose {file.purpose}, not fine-tune.",
                param=param,
                code="invalid_purpose",
            )

    def _refuse_ended(self, wire: WireJob, *fine: JobStatus) -> None:
        if wire.job is not None:
            over, status = wire.job.status in TERMINAL, wire.job.status
        else:
            over = wire.order.status in ("failed", "cancelled")
            status = JobStatus(wire.order.status) if over else JobStatus.QUEUED
        if over and status not in fine:
            raise Conflict(f"The job has ended already: it is {status}.")
