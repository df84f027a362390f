"""The fine-tuning step: is there enough to learn from, what would it take, and the pilot run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from studio.domain.advice import Readiness
from studio.domain.costing import Figure, MethodOption
from studio.domain.errors import InvalidInput, StudioError
from studio.domain.jobs import TERMINAL, Job, JobStatus
from studio.domain.models import BaseModel
from studio.ui.kit.badge import Tone
from studio.ui.pages import figures
from studio.ui.pages.ladder.rung_vm import RungForm

if TYPE_CHECKING:
    from studio.services.container import Services

LEVELS: dict[str, tuple[str, Tone]] = {
    "blocked": ("Too little to tune on", "bad"),
    "red_flag": ("Red flag", "warning"),
    "pilot": ("Enough for a pilot", "info"),
    "ready": ("Enough for the real thing", "good"),
}
MEMORY_WORDS = {
    "fits": "fits",
    "uncertain": "uncertain",
    "does_not_fit": "does not fit",
    "unknown": "memory not known",
}
PLACES = {"local": "This machine"}


@dataclass(frozen=True, kw_only=True)
class OptionRow:
    """One way to fine-tune as the table shows it."""

    where: str
    method: str
    memory: str
    duration: str
    training: str
    serving: str
    ends: str
    state: str
    tone: Tone
    notes: tuple[str, ...] = ()


@dataclass(kw_only=True)
class FineTunePage:
    """Readiness, options and the pilot of a project."""

    services: Services
    project_id: str
    form: RungForm
    readiness: Readiness | None = None
    problem: str = ""
    """Why there is no readiness, when there is none."""
    options: tuple[MethodOption, ...] = ()
    options_problem: str = ""
    bases: tuple[BaseModel, ...] = ()
    base_id: str = ""
    """Base model of the pilot."""
    jobs: tuple[Job, ...] = field(default_factory=tuple)

    def load(self) -> None:
        """Reads readiness, base models and runs of training."""
        self.readiness, self.problem = None, ""
        try:
            self.readiness = self.services.ladder.readiness(self.project_id)
        except StudioError as error:
            self.problem = str(error)
        self.bases = tuple(self.services.models.bases())
        if self.base_id not in {model.id for model in self.bases}:
            setup = self.form.setup
            proposed = setup.model_id if setup is not None else ""
            known = {model.id for model in self.bases}
            self.base_id = (
                proposed if proposed in known else (self.bases[0].id if self.bases else "")
            )
        self.load_jobs()
        self.load_options()

    def load_jobs(self) -> None:
        """Reads the trainings of this project, newest first."""
        jobs = self.services.training.all(self.project_id)
        self.jobs = tuple(sorted(jobs, key=lambda job: job.created_at, reverse=True))

    def load_options(self) -> None:
        """Works out backends and methods side by side."""
        self.options, self.options_problem = (), ""
        try:
            options = self.services.estimates.methods(self.project_id, self.base_id or None)
        except StudioError as error:
            self.options_problem = str(error)
        else:
            self.options = tuple(options)

    def choose_base(self, base_id: str) -> None:
        """Takes another base model."""
        self.base_id = base_id
        self.load_options()

    @property
    def active(self) -> Job | None:
        """The training under way, if there is one."""
        return next((job for job in self.jobs if job.status not in TERMINAL), None)

    @property
    def last_failed(self) -> Job | None:
        """The newest training when it failed."""
        newest = next(iter(self.jobs), None)
        return newest if newest is not None and newest.status is JobStatus.FAILED else None

    def rows(self) -> list[OptionRow]:
        """The options as the table shows them."""
        return [option_row(one) for one in self.options]

    @property
    def counts(self) -> list[tuple[str, str]]:
        """What there is and what is needed, as labels and values."""
        now = self.readiness
        if now is None:
            return []
        target = f"{now.target_low:,}"
        if now.target_high is not None:
            target += f" to {now.target_high:,}"
        return [
            ("Kind of task", now.task_type.replace("_", " ")),
            ("Examples to learn from", figures.count(now.n_labelled)),
            ("A pilot needs", figures.count(now.pilot)),
            ("The real thing needs", target),
            ("Where these come from", now.basis),
        ]

    @property
    def cannot_pilot(self) -> str:
        """Why the pilot cannot be started, empty when it can."""
        checks = (
            (not self.form.suite_size, "Choose the evidence first."),
            (bool(self.form.blocked), f"Rule {self.form.blocked} blocks this rung."),
            (not self.base_id, "Fetch a base model first."),
            (self.active is not None, "A training is under way."),
            (
                self.readiness is not None and self.readiness.level == "blocked",
                "There are too few examples to learn from.",
            ),
            (self.form.setup is None, self.form.problem),
        )
        return next((words for wrong, words in checks if wrong), "")

    def pilot(self) -> Job:
        """Starts the pilot; it is measured by itself when it has succeeded."""
        setup = self.form.setup
        if self.cannot_pilot or setup is None:
            raise InvalidInput(self.cannot_pilot)
        return self.services.ladder.pilot(self.project_id, setup.with_(model_id=self.base_id))


def option_row(option: MethodOption) -> OptionRow:
    """One option as the table shows it."""
    memory = "the provider's business"
    if option.memory is not None:
        verdict = MEMORY_WORDS[option.memory.verdict]
        memory = f"{figures.size(option.memory.total + option.memory.context)}, {verdict}"
    can_start = not option.blocked_because
    return OptionRow(
        where=f"{PLACES.get(option.backend, option.backend)} · {option.device}".rstrip(" ·"),
        method={"lora": "LoRA", "qlora": "QLoRA", "full": "All weights"}[option.method],
        memory=memory,
        duration=spread(option.duration, seconds),
        training=spread(option.training_cost, usd),
        serving=spread(option.serving_cost_month, usd),
        ends="" if option.shutdown_date is None else option.shutdown_date.isoformat(),
        state="can be started"
        if can_start and option.backend == "local"
        else ("possible elsewhere" if can_start else "blocked"),
        tone="good"
        if can_start and option.backend == "local"
        else ("plain" if can_start else "bad"),
        notes=tuple(filter(None, (option.blocked_because, *option.warnings))),
    )


def seconds(value: float) -> str:
    """A duration."""
    return figures.duration(value)


def usd(value: float) -> str:
    """An amount, with cents only where they matter."""
    return f"{value:,.0f} USD" if value >= 100 else f"{value:,.2f} USD"


def spread(figure: Figure, say: Callable[[float], str]) -> str:
    """A figure with its ends, in words; unknown says so."""
    if figure.mid is None:
        return figures.UNKNOWN
    middle = say(figure.mid)
    if figure.low is None or figure.high is None or say(figure.low) == say(figure.high):
        return middle
    return f"{middle} ({say(figure.low)} to {say(figure.high)})"
