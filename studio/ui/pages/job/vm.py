"""One training run as its page shows it: status, figures, curves, log, and what can be done now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from studio.domain.errors import NotFound, StudioError
from studio.domain.jobs import TERMINAL, Event, Job, JobStatus
from studio.domain.models import ModelVersion
from studio.ui.pages import figures
from studio.ui.pages.job.actions import can_resume
from studio.ui.pages.words import EFFORTS, FAILURES, JOB_MEANS, METHODS

if TYPE_CHECKING:
    from studio.services.container import Services

Point = tuple[float, float]
PAGE = 1000
"""Events asked for at a time; the service gives no more."""


@dataclass(kw_only=True)
class News:
    """What one look at the run added: only this travels to the browser."""

    loss: list[Point] = field(default_factory=list)
    validation: list[Point] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    rewound: bool = False
    """A resumed run went back to its checkpoint: the curves must be drawn anew."""
    changed: bool = False
    """The job itself differs from what was shown."""

    @property
    def any(self) -> bool:
        """True when there is something to show."""
        return bool(self.changed or self.rewound or self.loss or self.validation or self.lines)


@dataclass(kw_only=True)
class JobPage:
    """One run; `look` may be called as often as one likes and gives only what is new."""

    services: Services
    job_id: str
    job: Job | None = None
    last_event: int = 0
    latest: dict[str, float] = field(default_factory=dict)
    """Newest value of every metric."""
    loss: list[Point] = field(default_factory=list)
    validation: list[Point] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    dataset: str = ""
    model_name: str = ""
    version: ModelVersion | None = None
    _provenance: dict[str, Any] = field(default_factory=dict)
    why_not_resume: str = ""
    """Why a stopped run cannot go on, empty when it can."""

    def load(self) -> None:
        """Reads the run and replays its whole history; raises NotFound when there is none."""
        self.job = None
        self._replay_earlier(self.services.training.get(self.job_id))
        self.look()
        self._names()

    def _replay_earlier(self, job: Job) -> None:
        """Puts the curves of the runs that this one continues before its own."""
        chain: list[Job] = []
        while job.resumed_from and all(job.resumed_from != known.id for known in chain):
            job = self.services.training.get(job.resumed_from)
            chain.insert(0, job)
        for earlier in chain:
            for event in self._events(earlier.id, 0):
                if event.kind == "metrics":
                    self._measure(event, News())
            self.lines.append(f"Continues “{earlier.name}” ({earlier.id}) from its checkpoint.")
        # The figures belong to this run; the curves are one.
        self.latest = {}

    def _events(self, job_id: str, after: int) -> Iterator[Event]:
        while True:
            events = self.services.training.events(job_id, after=after, limit=PAGE)
            yield from events
            if len(events) < PAGE:
                return
            after = events[-1].n

    def look(self) -> News:
        """Reads the run and the events after the last one seen."""
        news = News()
        for event in self._events(self.job_id, self.last_event):
            self._take(event, news)
        # Read after the events: a job seen as over has no news still to come.
        job = self.services.training.get(self.job_id)
        news.changed = job != self.job
        self.job = job
        if can_resume(job) and news.changed:
            self.why_not_resume = self._why_not_resume()
        if job.model_version_id and self.version is None:
            self.version = self.services.models.version(job.model_version_id)
        return news

    def _why_not_resume(self) -> str:
        try:
            return self.services.training.not_resumable_because(self.job_id)
        except StudioError as error:
            return str(error)

    def _take(self, event: Event, news: News) -> None:
        self.last_event = max(self.last_event, event.n)
        if event.kind == "metrics":
            self._measure(event, news)
            return
        text = event.message or ", ".join(f"{key} {value}" for key, value in event.data.items())
        line = f"{figures.clock(event.at)}  {text}"
        self.lines.append(line)
        news.lines.append(line)

    def _measure(self, event: Event, news: News) -> None:
        numbers = {
            key: float(value)
            for key, value in event.data.items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        }
        self.latest.update(numbers)
        step = numbers.get("step")
        if step is None:
            return
        if "loss" in numbers:
            if self.loss and step <= self.loss[-1][0]:
                self.loss = [point for point in self.loss if point[0] < step]
                self.validation = [point for point in self.validation if point[0] < step]
                news.rewound = True
            self.loss.append((step, numbers["loss"]))
            news.loss.append(self.loss[-1])
        if "validation_loss" in numbers:
            self.validation.append((step, numbers["validation_loss"]))
            news.validation.append(self.validation[-1])

    def _names(self) -> None:
        if self.job is None:
            return
        spec = self.job.spec
        try:
            version = self.services.datasets.version(spec.dataset_version_id)
            name = self.services.datasets.get(version.dataset_id).name
            self.dataset = f"{name} v{version.number}"
            self._provenance["dataset"] = {
                "name": name,
                "version": version.number,
                "content_hash": version.content_hash,
                "source_file": version.source_filename,
                "source_sha256": version.source_sha256,
            }
        except NotFound:
            self.dataset = "deleted data"
        try:
            base = self.services.models.base(spec.base_model)
            self.model_name = base.name
            self._provenance["base_model"] = base.model_dump(
                mode="json", include={"name", "source", "revision", "manifest_sha256"}
            )
        except NotFound:
            self.model_name = spec.base_model

    @property
    def over(self) -> bool:
        """True when no more news can come."""
        return self.job is not None and self.job.status in TERMINAL

    @property
    def sentence(self) -> str:
        """What happened and what it means: the job's own message first."""
        if self.job is None:
            return ""
        if self.job.status is JobStatus.FAILED and not self.job.message and self.job.failure:
            return f"{FAILURES[self.job.failure]}."
        if self.job.status is JobStatus.RUNNING:
            return JOB_MEANS[self.job.status]
        return self.job.message or JOB_MEANS[self.job.status]

    @property
    def percent(self) -> float | None:
        """How much is done, 0 to 100; None while nothing is known."""
        if self.job is None:
            return None
        if self.job.status is JobStatus.SUCCEEDED:
            return 100.0
        if self.job.total_steps:
            return min(100.0, 100.0 * self.job.step / self.job.total_steps)
        return self.latest.get("percent")

    @property
    def step_words(self) -> str:
        """Where in the run it is, in words."""
        if self.job is None or not self.job.total_steps:
            return "Getting ready"
        return f"Step {self.job.step:,} of {self.job.total_steps:,}"

    @property
    def eta_seconds(self) -> float | None:
        """Expected remaining seconds while running and known."""
        if self.job is None or self.job.status is not JobStatus.RUNNING:
            return None
        return self.job.eta_seconds

    def measures(self) -> list[tuple[str, str, str]]:
        """Label, value and hint of every figure above the chart."""
        latest = self.latest
        speed = latest.get("tokens_per_second")
        return [
            ("Loss", _loss(latest.get("loss")), "on training answers; lower is better"),
            ("Validation loss", _loss(self.best_validation), "best so far; lower is better"),
            ("Speed", f"{figures.count(speed)} tokens/s" if speed else "–", "without padding"),
            (
                "Memory",
                figures.size(latest["memory_bytes"]) if "memory_bytes" in latest else "–",
                "in use by the worker",
            ),
            ("Data seen", f"{latest['epoch']:.2f} ×" if "epoch" in latest else "–", "epochs"),
        ]

    @property
    def best_validation(self) -> float | None:
        """Lowest validation loss so far."""
        return min((loss for _, loss in self.validation), default=None)

    def facts(self) -> list[tuple[str, str]]:
        """What the run was asked to do."""
        if self.job is None:
            return []
        spec, job = self.job.spec, self.job
        facts = [
            ("Base model", self.model_name),
            ("Examples", self.dataset),
            ("Method", METHODS[spec.method].title),
            ("Effort", EFFORTS[spec.effort].title),
            ("Created", figures.moment(job.created_at)),
            ("Started", figures.moment(job.started_at) or "not yet"),
            ("Ended", figures.moment(job.finished_at) or "not yet"),
        ]
        if spec.leave_out:
            facts.append(("Left out", figures.many(len(spec.leave_out), "example")))
        if job.resumed_from:
            facts.append(("Continues", job.resumed_from))
        return facts

    def recipe(self) -> str:
        """The spec with what its names stand for, as JSON: enough to repeat the run."""
        if self.job is None:
            return ""
        recipe = {"spec": self.job.spec.model_dump(mode="json"), **self._provenance}
        return json.dumps(recipe, indent=2, ensure_ascii=False)

    def log(self) -> str:
        """The last lines that the worker wrote."""
        return self.services.training.log(self.job_id)


def _loss(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
