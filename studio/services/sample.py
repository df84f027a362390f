"""Sample project: a ready engagement that shows the whole way from examples to a measured model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studio.domain.charters import Metric, UseCase
from studio.domain.datasets import DataFormat, DatasetVersion, Split
from studio.domain.errors import Conflict
from studio.domain.evaluation import EvaluationRun, RunStatus
from studio.domain.jobs import Job, JobStatus
from studio.domain.projects import Project
from studio.domain.training import Effort, Method, TrainingSpec
from studio.domain.values import Value
from studio.services.charters import CharterService
from studio.services.datasets import DatasetService
from studio.services.evaluation import EvaluationService
from studio.services.models import ModelService
from studio.services.projects import ProjectService
from studio.services.training import TrainingService

STARTER = "smollm2-135m-instruct"

Progress = Callable[[str, float | None], None]
"""Called with what is being done and the share done, None while unknown."""


class Story(Value, extra="ignore"):
    """What the sample's own `project.json` says."""

    name: str
    description: str
    system_prompt: str
    dataset_name: str
    prompted_system_prompt: str
    """The best instructions anybody wrote for the task: the prompting rung."""
    prompted_dataset_name: str
    file: str
    format: DataFormat
    effort: Effort = Effort.BALANCED
    client: str = ""
    objective: str = ""
    metric: Metric | None = None
    target: float | None = None


class Sample(Value):
    """The sample project, ready to tune."""

    project: Project
    version: DatasetVersion
    prompted: DatasetVersion
    """The same examples in the same splits, under the best instructions."""
    base_model: str


def _silent(what: str, share: float | None) -> None:
    """Ignores progress."""


class SampleService:
    """Makes the sample project and finds what was already done in it."""

    def __init__(
        self,
        folder: Path,
        *,
        projects: ProjectService,
        datasets: DatasetService,
        models: ModelService,
        training: TrainingService,
        evaluation: EvaluationService,
        charters: CharterService | None = None,
    ) -> None:
        """Without `charters` the sample project's charter is left as it is."""
        self._folder = folder
        self._charters = charters
        self._projects, self._datasets, self._models = projects, datasets, models
        self._training, self._evaluation = training, evaluation

    def name(self) -> str:
        """Returns what the sample project is called."""
        return self._story().name

    def prepare(
        self, *, progress: Progress = _silent, cancelled: Callable[[], bool] = lambda: False
    ) -> Sample:
        """Makes whatever of project, data and starter model is missing; safe to call again.

        Conflict when `cancelled()` turned true while the model was on its way.
        """
        story = self._story()
        project = next((p for p in self._projects.all() if p.name == story.name), None)
        if project is None:
            project = self._projects.create(name=story.name, description=story.description)
        self._agree(project, story)
        version = self._version(project, story, story.dataset_name, story.system_prompt)
        prompted = self._version(
            project, story, story.prompted_dataset_name, story.prompted_system_prompt
        )
        if all(base.id != STARTER for base in self._models.bases()):
            self._models.pull(STARTER, progress=progress, cancelled=cancelled)
        return Sample(project=project, version=version, prompted=prompted, base_model=STARTER)

    def tune(self, sample: Sample) -> Job:
        """Returns the sample's job: the one that succeeded or runs, a resumed one, or a new one."""
        jobs = [
            job
            for job in self._training.all(sample.project.id)
            if job.spec.dataset_version_id == sample.version.id
            and job.spec.base_id == sample.base_model
        ]
        jobs.sort(key=lambda job: job.created_at)
        for wanted in (REUSABLE, RESUMABLE):
            for job in reversed(jobs):
                if job.status in wanted:
                    return job if wanted is REUSABLE else self._resumed(job, sample)
        return self._started(sample)

    def measure(self, sample: Sample, model_id: str) -> EvaluationRun:
        """Returns the model's run on the sample's test split: an earlier one, or a new one."""
        return self._measured(sample, sample.version, model_id)

    def measure_prompting(self, sample: Sample) -> EvaluationRun:
        """Returns the untuned model's run under the best instructions: how far prompting gets."""
        return self._measured(sample, sample.prompted, sample.base_model)

    def _measured(self, sample: Sample, version: DatasetVersion, model_id: str) -> EvaluationRun:
        decoding = self._evaluation.decoding_for(version.id)
        wanted = (version.id, Split.TEST, model_id, decoding)
        for run in self._evaluation.all(sample.project.id):
            found = (run.dataset_version_id, run.split, run.model_id, run.decoding)
            if found == wanted and run.status is RunStatus.SUCCEEDED:
                return run
        return self._evaluation.start(
            project_id=sample.project.id,
            version_id=version.id,
            split=Split.TEST,
            model_id=model_id,
            decoding=decoding,
        )

    def _agree(self, project: Project, story: Story) -> None:
        """Fills the charter of the project while nobody has touched it."""
        if self._charters is None:
            return
        charter = self._charters.get(project.id)
        if charter.number == 1 and charter.changed_at == charter.created_at:
            self._charters.save(
                charter.with_(
                    use_case=UseCase.CLASSIFICATION,
                    client=story.client,
                    objective=story.objective,
                    metric=story.metric,
                    target=story.target,
                )
            )

    def _story(self) -> Story:
        return Story.model_validate_json((self._folder / "project.json").read_bytes())

    def _version(
        self, project: Project, story: Story, name: str, system_prompt: str
    ) -> DatasetVersion:
        for dataset in self._datasets.all(project.id):
            if dataset.name == name:
                versions = self._datasets.versions(dataset.id)
                return max(versions, key=lambda version: version.number)
        source = self._datasets.stage(self._folder / story.file, story.file)
        return self._datasets.create(
            source.id,
            project_id=project.id,
            name=name,
            format=story.format,
            system_prompt=system_prompt,
        )

    def _started(self, sample: Sample) -> Job:
        story = self._story()
        recommended = self._training.recommended(sample.version.id, sample.base_model, story.effort)
        return self._training.start(
            TrainingSpec(
                project_id=sample.project.id,
                name=story.name,
                dataset_version_id=sample.version.id,
                base_model=sample.base_model,
                method=Method.LORA,
                effort=story.effort,
                hyperparameters=recommended,
            )
        )

    def _resumed(self, job: Job, sample: Sample) -> Job:
        try:
            return self._training.resume(job.id)
        except Conflict:
            # It was stopped before its first checkpoint: there is nothing to continue from.
            return self._started(sample)


REUSABLE = frozenset(
    {
        JobStatus.SUCCEEDED,
        JobStatus.RUNNING,
        JobStatus.QUEUED,
        JobStatus.PAUSING,
        JobStatus.CANCELLING,
    }
)
RESUMABLE = frozenset({JobStatus.PAUSED, JobStatus.INTERRUPTED, JobStatus.CANCELLED})
