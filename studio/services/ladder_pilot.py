"""Pilot fine-tunes: trained with the dial's recipe, then measured on the ladder."""

from __future__ import annotations

from collections.abc import Sequence

from studio.domain.datasets import Split
from studio.domain.endpoints import PREFIX
from studio.domain.errors import Conflict, InvalidInput, NotFound
from studio.domain.evaluation import RunStatus
from studio.domain.jobs import Job, JobStatus
from studio.domain.ladder import RungRun, RungSetup, Suite
from studio.domain.training import Effort, TrainingSpec
from studio.domain.values import now
from studio.services.models import ModelService
from studio.services.training import TrainingService
from studio.store.datasets import DatasetStore

REUSABLE = frozenset(
    {
        JobStatus.SUCCEEDED,
        JobStatus.RUNNING,
        JobStatus.QUEUED,
        JobStatus.PAUSING,
        JobStatus.CANCELLING,
    }
)
RESUMABLE = frozenset({JobStatus.INTERRUPTED, JobStatus.CANCELLED, JobStatus.PAUSED})

SMALL_DATA = 2000
"""Training examples up to which the balanced recipe still is a pilot; a judgement."""

WAITING = "Waits for the fine-tune to finish."


class Pilots:
    """Starts pilots and says what became of them."""

    def __init__(
        self, training: TrainingService, datasets: DatasetStore, models: ModelService
    ) -> None:
        self._training, self._datasets, self._models = training, datasets, models

    def job(self, project_id: str, suite: Suite, setup: RungSetup) -> Job:
        """Returns the fine-tune whose model the setup asks for: one that is there, or a new one.

        Raises:
            Conflict: when the suite's own examples would be trained on.
            InvalidInput: when there is nothing to train on, or the model cannot be tuned here.
            DoesNotFit, BackendUnavailable: as `TrainingService.start`.
        """
        base = self._base(setup.model_id)
        version = self._datasets.version(suite.version_id)
        rows = version.splits.get(Split.TRAIN, 0)
        if suite.split is Split.TRAIN:
            raise Conflict(
                "The suite is the training split: a tuned model would be asked what it learnt.",
                hint="Measure on the test split.",
            )
        if not rows:
            raise InvalidInput(
                "This dataset version has no training examples.",
                hint="Import the file without keeping every row for testing.",
            )
        earlier = [
            job
            for job in self._training.all(project_id)
            if (job.spec.dataset_version_id, job.spec.base_id) == (version.id, base)
        ]
        found = self._reused(earlier)
        if found is not None:
            return found
        effort = Effort.BALANCED if rows <= SMALL_DATA else Effort.QUICK
        dataset = self._datasets.dataset(version.dataset_id)
        spec = TrainingSpec(
            project_id=project_id,
            name=f"{dataset.name} pilot"[:80],
            dataset_version_id=version.id,
            base_model=base,
            effort=effort,
            hyperparameters=self._training.recommended(version.id, base, effort),
        )
        return self._training.start(self._without_unfit(spec))

    def settled(self, run: RungRun) -> RungRun:
        """Returns a run that waited for its fine-tune as it stands now."""
        if run.job_id is None or run.status is not RunStatus.QUEUED:
            return run
        try:
            job = self._training.get(run.job_id)
        except NotFound:
            return run.with_(
                status=RunStatus.FAILED, message="Its fine-tune is gone.", finished_at=now()
            )
        if job.status is JobStatus.SUCCEEDED and job.model_version_id is not None:
            name = self._models.resolve(job.model_version_id).name
            setup = run.setup.with_(model_id=job.model_version_id)
            return run.with_(setup=setup, model_name=name, message="")
        if job.status is JobStatus.FAILED:
            why = f"The fine-tune failed. {job.message}".strip()
            return run.with_(status=RunStatus.FAILED, message=why, finished_at=now())
        if job.status is JobStatus.CANCELLED:
            return run.with_(
                status=RunStatus.CANCELLED,
                message="The fine-tune was cancelled.",
                finished_at=now(),
            )
        return run.with_(message=WAITING)

    def waits(self, run: RungRun) -> bool:
        """Says whether a run cannot begin before its fine-tune has ended."""
        return run.status is RunStatus.QUEUED and run.message == WAITING

    def _reused(self, earlier: Sequence[Job]) -> Job | None:
        """Returns the newest fine-tune that is there or under way, or one that can go on."""
        for job in earlier:
            if job.status in REUSABLE and self._usable(job):
                return job
        for job in earlier:
            if job.status in RESUMABLE:
                try:
                    return self._training.resume(job.id)
                except Conflict:
                    # It was stopped before its first checkpoint: nothing to go on from.
                    continue
        return None

    def _usable(self, job: Job) -> bool:
        if job.status is not JobStatus.SUCCEEDED:
            return True
        return job.model_version_id in {one.id for one in self._models.versions(job.project_id)}

    def _base(self, model_id: str) -> str:
        tuned = {version.id: version.base_id for version in self._models.versions()}
        base = tuned.get(model_id, model_id)
        if base.startswith(PREFIX):
            raise InvalidInput(
                f"{base} answers elsewhere and cannot be tuned here.",
                hint="Choose a base model of this studio, or tune it at its provider under "
                "Fine-tune: the rung measures that model as well.",
            )
        return self._models.base(base).id

    def _without_unfit(self, spec: TrainingSpec) -> TrainingSpec:
        """Returns the spec without the rows that are too long to be learnt."""
        plan = self._training.plan(spec)
        unfit = {row for blocker in plan.blockers for row in blocker.example_ids}
        return spec.with_(leave_out=tuple(sorted(unfit))) if unfit else spec
