"""What Home shows: the state of a project at a glance, and the one thing to do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from studio.domain.evaluation import Comparison, EvaluationRun, RunStatus
from studio.domain.jobs import TERMINAL, Job, JobStatus
from studio.domain.models import ModelVersion

if TYPE_CHECKING:
    from studio.services.container import Services

RECENT = 5


@dataclass(frozen=True, kw_only=True)
class Best:
    """The best measured tuned model beside the model it was tuned from."""

    model: ModelVersion
    comparison: Comparison

    @property
    def href(self) -> str:
        """Where the comparison can be read."""
        return f"/evaluate/{self.comparison.baseline.id}/{self.comparison.candidate.id}"


@dataclass(frozen=True, kw_only=True)
class Home:
    """The state of a project."""

    n_datasets: int
    n_examples: int
    """Examples in the newest version of each dataset."""
    newest_version_id: str | None
    jobs: tuple[Job, ...]
    """Newest first."""
    models: tuple[ModelVersion, ...]
    n_evaluations: int
    best: Best | None

    @property
    def empty(self) -> bool:
        """True when nothing has been done in this project."""
        return not (self.n_datasets or self.jobs or self.models)

    @property
    def outline(self) -> Home:
        """The same without what moves while a job runs: equal outlines are drawn alike."""
        still = {"step": 0, "eta_seconds": None}
        return replace(self, jobs=tuple(job.model_copy(update=still) for job in self.jobs))

    @property
    def active(self) -> tuple[Job, ...]:
        """Jobs that are not over."""
        return tuple(job for job in self.jobs if job.status not in TERMINAL)

    @property
    def step(self) -> int:
        """How many of data, tuned, measured are done: the rung the project stands on."""
        done = (self.n_datasets > 0, bool(self.models), self.best is not None)
        return next((index for index, one in enumerate(done) if not one), len(done))


@dataclass(frozen=True, kw_only=True)
class Advice:
    """One thing to do next; the first rule that applies is shown."""

    applies: Callable[[Home], bool]
    title: str
    because: str
    button: str
    href: Callable[[Home], str]


ADVICE = (
    Advice(
        applies=lambda home: any(job.status is JobStatus.INTERRUPTED for job in home.active),
        title="A training run was interrupted",
        because="Its worker ended without a result. It can go on from its last checkpoint.",
        button="Open the run",
        href=lambda home: _job(home, JobStatus.INTERRUPTED),
    ),
    Advice(
        applies=lambda home: any(job.status is not JobStatus.PAUSED for job in home.active),
        title="A model is being tuned",
        because="It goes on when you close this page, the browser or the studio.",
        button="Watch it",
        href=lambda home: next(
            f"/jobs/{job.id}" for job in home.active if job.status is not JobStatus.PAUSED
        ),
    ),
    Advice(
        applies=lambda home: bool(home.active),
        title="A training run is paused",
        because="It waits until you let it go on. Nothing that was learnt is lost.",
        button="Open the run",
        href=lambda home: _job(home, JobStatus.PAUSED),
    ),
    Advice(
        applies=lambda home: home.n_datasets == 0,
        title="Bring in your examples",
        because="Everything begins with questions and the answers you want to them.",
        button="Import data",
        href=lambda home: "/datasets?import=1",
    ),
    Advice(
        applies=lambda home: not home.models,
        title="Tune a model on your examples",
        because="The form says how long it takes, and whether it fits here, before it starts.",
        button="Fine-tune a model",
        href=lambda home: f"/fine-tune/new?dataset_version_id={home.newest_version_id}",
    ),
    Advice(
        applies=lambda home: home.best is None,
        title="Measure what tuning has brought",
        because="Base and tuned model answer the same questions, which neither was trained on.",
        button="Measure it",
        href=lambda home: f"/evaluate?model_id={home.models[0].id}",
    ),
    Advice(
        applies=lambda home: True,
        title="Talk to the tuned model",
        because="Put the base model beside it; thumbs and corrections are kept as feedback.",
        button="Open the playground",
        href=lambda home: (
            f"/playground?left={quote(home.models[0].base_id, safe='')}&right={home.models[0].id}"
        ),
    ),
)


def advice(home: Home) -> Advice:
    """Returns the one thing to do next."""
    return next(one for one in ADVICE if one.applies(home))


def steps(job: Job) -> str:
    """How far a job is, such as `42 of 120 steps`; empty while unknown."""
    return f"{job.step:,} of {job.total_steps:,} steps" if job.total_steps else ""


def read(services: Services, project_id: str) -> Home:
    """Reads the state of a project; called off the event loop."""
    datasets = services.datasets.all(project_id)
    newest = [
        max(found, key=lambda v: v.number)
        for d in datasets
        if (found := services.datasets.versions(d.id))
    ]
    newest.sort(key=lambda version: version.created_at, reverse=True)
    jobs = sorted(services.training.all(project_id), key=lambda job: job.created_at, reverse=True)
    models = sorted(
        services.models.versions(project_id), key=lambda model: model.created_at, reverse=True
    )
    runs = [r for r in services.evaluation.all(project_id) if r.status is RunStatus.SUCCEEDED]
    return Home(
        n_datasets=len(datasets),
        n_examples=sum(version.n_examples for version in newest),
        newest_version_id=newest[0].id if newest else None,
        jobs=tuple(jobs),
        models=tuple(models),
        n_evaluations=len(runs),
        best=_best(services, models, runs),
    )


def _best(services: Services, models: list[ModelVersion], runs: list[EvaluationRun]) -> Best | None:
    """Returns the tuned model with the highest score among those measured beside their base."""
    pairs: list[tuple[float, ModelVersion, EvaluationRun, EvaluationRun]] = []
    for model in models:
        for run in runs:
            if run.model_id != model.id or run.primary is None:
                continue
            base = next((one for one in runs if _same_test(one, run, model.base_id)), None)
            if base is not None:
                pairs.append((run.primary.value, model, base, run))
    if not pairs:
        return None
    _, model, base, run = max(pairs, key=lambda pair: pair[0])
    return Best(model=model, comparison=services.evaluation.compare(base.id, run.id))


def _same_test(one: EvaluationRun, other: EvaluationRun, model_id: str) -> bool:
    return one.model_id == model_id and (
        one.dataset_version_id,
        one.split,
        one.decoding,
    ) == (other.dataset_version_id, other.split, other.decoding)


def _job(home: Home, status: JobStatus) -> str:
    return next(f"/jobs/{job.id}" for job in home.active if job.status is status)
