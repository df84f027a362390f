"""The fine-tuning step: is there enough to learn from, what would it take, and the pilot run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from studio.domain.advice import Readiness
from studio.domain.costing import Figure, MethodOption
from studio.domain.errors import StudioError
from studio.domain.jobs import TERMINAL, Job, JobStatus
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
METHOD_WORDS = {"lora": "LoRA", "qlora": "QLoRA", "full": "All weights"}
Place = Literal["here", "rented", "hosted"]
PLACES: dict[Place, str] = {
    "here": "On this machine",
    "rented": "On a rented GPU",
    "hosted": "At a provider",
}


class Spread(NamedTuple):
    """A figure with its ends, in words."""

    middle: str
    ends: str = ""


@dataclass(frozen=True, kw_only=True)
class OptionRow:
    """One way to fine-tune as the table shows it."""

    place: Place
    where: str
    method: str
    memory: str
    memory_verdict: str
    duration: Spread
    training: Spread
    serving: Spread
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
    base_id: str = ""
    """Base model that the options are worked out for."""
    jobs: tuple[Job, ...] = field(default_factory=tuple)

    def load(self) -> None:
        """Reads readiness, options, and runs of training."""
        self.readiness, self.problem = None, ""
        try:
            self.readiness = self.services.ladder.readiness(self.project_id)
        except StudioError as error:
            self.problem = str(error)
        self.load_jobs()

    def load_jobs(self) -> None:
        """Reads the trainings of this project, newest first."""
        jobs = self.services.training.all(self.project_id)
        self.jobs = tuple(sorted(jobs, key=lambda job: job.created_at, reverse=True))

    def load_options(self) -> None:
        """Works out backends and methods side by side, for the base of the chosen model."""
        self.options, self.options_problem = (), ""
        self.base_id = self._base()
        try:
            options = self.services.estimates.methods(self.project_id, self.base_id or None)
        except StudioError as error:
            self.options_problem = str(error)
        else:
            self.options = tuple(options)

    def _base(self) -> str:
        setup = self.form.setup
        if setup is None:
            return ""
        tuned = {
            version.id: version.base_id
            for version in self.services.models.versions(self.project_id)
        }
        return tuned.get(setup.model_id, setup.model_id)

    @property
    def active(self) -> Job | None:
        """The training under way, if there is one."""
        return next((job for job in self.jobs if job.status not in TERMINAL), None)

    @property
    def last_failed(self) -> Job | None:
        """The newest training when it failed."""
        newest = next(iter(self.jobs), None)
        return newest if newest is not None and newest.status is JobStatus.FAILED else None

    def rows(self) -> dict[Place, list[OptionRow]]:
        """The options as the tables show them, by place; places without any are absent."""
        every = [option_row(one) for one in self.options]
        found: dict[Place, list[OptionRow]] = {
            place: [row for row in every if row.place == place] for place in PLACES
        }
        return {place: rows for place, rows in found.items() if rows}

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
        """Why no pilot can be started now, empty when one can."""
        if self.active is not None:
            return "A training is under way."
        if self.readiness is not None and self.readiness.level == "blocked":
            return "There are too few examples to learn from."
        return ""


def option_row(option: MethodOption) -> OptionRow:
    """One option as the table shows it."""
    here = option.backend == "local"
    hosted = option.memory is None and not here
    memory, fits = "the provider's", ""
    if option.memory is not None:
        memory = figures.size(option.memory.total + option.memory.context)
        fits = MEMORY_WORDS[option.memory.verdict]
    state, tone = _state(option, here)
    ends = "no date known"
    if option.shutdown_date is not None:
        ends = option.shutdown_date.isoformat()
    elif here:
        ends = "does not end"
    return OptionRow(
        place="here" if here else "hosted" if hosted else "rented",
        where=f"{option.backend} · {option.model}" if hosted else option.device,
        method=METHOD_WORDS[option.method],
        memory=memory,
        memory_verdict=fits,
        duration=spread(option.duration, figures.duration),
        training=spread(option.training_cost, usd),
        serving=spread(option.serving_cost_month, usd),
        ends=ends,
        state=state,
        tone=tone,
        notes=tuple(filter(None, (option.blocked_because, *option.warnings))),
    )


def _state(option: MethodOption, here: bool) -> tuple[str, Tone]:
    if option.blocked_because:
        return "blocked", "bad"
    return ("can be started", "good") if here else ("elsewhere", "plain")


def usd(value: float) -> str:
    """An amount, with cents only where they matter."""
    return f"{value:,.0f} USD" if value >= 100 else f"{value:,.2f} USD"


def spread(figure: Figure, say: Callable[[float], str]) -> Spread:
    """A figure with its ends, in words; unknown says so."""
    if figure.mid is None:
        return Spread(figures.UNKNOWN)
    middle = say(figure.mid)
    if figure.low is None or figure.high is None or say(figure.low) == say(figure.high):
        return Spread(middle)
    return Spread(middle, f"{say(figure.low)} to {say(figure.high)}")
