"""One training run as its page shows it: status, figures, curves, log, and what can be done now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from studio.domain.errors import NotFound, StudioError
from studio.domain.jobs import TERMINAL, Event, Job, JobStatus
from studio.domain.models import ModelVersion
from studio.ui.pages import figures
from studio.ui.pages.job.actions import can_resume
from studio.ui.pages.job.cost import Cost, cost_of
from studio.ui.pages.job.curves import Curves, Point, empty, numbers
from studio.ui.pages.job.facts import facts, measures, place_words
from studio.ui.pages.words import FAILURES, JOB_MEANS

if TYPE_CHECKING:
    from studio.services.container import Services

PAGE = 1000
"""Events asked for at a time; the service gives no more."""


@dataclass(kw_only=True)
class News:
    """What one look at the run added: only this travels to the browser."""

    points: dict[str, list[Point]] = field(default_factory=empty)
    lines: list[str] = field(default_factory=list)
    rewound: bool = False
    """A resumed run went back to its checkpoint: the curves must be drawn anew."""
    saved: bool = False
    """A checkpoint was saved."""
    changed: bool = False
    """The job itself differs from what was shown."""

    @property
    def any(self) -> bool:
        """True when there is something to show."""
        return bool(self.changed or self.rewound or any(self.points.values()) or self.lines)


@dataclass(kw_only=True)
class JobPage:
    """One run; `look` may be called as often as one likes and gives only what is new."""

    services: Services
    job_id: str
    job: Job | None = None
    last_event: int = 0
    latest: dict[str, float] = field(default_factory=dict)
    """Newest value of every metric."""
    curves: Curves = field(default_factory=Curves)
    lines: list[str] = field(default_factory=list)
    checkpoints: tuple[int, ...] = ()
    """Steps whose checkpoints are kept."""
    dataset: str = ""
    model_name: str = ""
    where: str = ""
    """Where it runs, in words."""
    cost: Cost = field(default_factory=Cost)
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
        if news.changed or news.saved:
            self.cost = cost_of(self.services, job)
            self.checkpoints = self._kept()
        if job.model_version_id and self.version is None:
            with suppress(NotFound):  # It was deleted since.
                self.version = self.services.models.version(job.model_version_id)
        return news

    def _kept(self) -> tuple[int, ...]:
        try:
            kept = self.services.training.checkpoints(self.job_id)
        except StudioError:  # The run's folder, or its endpoint, is gone.
            return ()
        return tuple(one.step for one in kept)

    def _why_not_resume(self) -> str:
        if self.job is not None and self.job.status is JobStatus.PAUSED:
            return ""
        try:
            return self.services.training.not_resumable_because(self.job_id)
        except StudioError as error:
            return str(error)

    def _take(self, event: Event, news: News) -> None:
        self.last_event = max(self.last_event, event.n)
        if event.kind == "metrics":
            self._measure(event, news)
            return
        news.saved = news.saved or event.kind == "checkpoint"
        if "trained_tokens" in event.data:
            self.latest["trained_tokens"] = float(event.data["trained_tokens"])
        text = event.message or ", ".join(f"{key} {value}" for key, value in event.data.items())
        name = event.data.get("name")
        line = f"{figures.clock(event.at)}  {text}" + (f" Its name: {name}" if name else "")
        self.lines.append(line)
        news.lines.append(line)

    def _measure(self, event: Event, news: News) -> None:
        measured = numbers(event)
        self.latest.update(measured)
        news.rewound = self.curves.add(measured, news.points) or news.rewound

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
        self.where, self.model_name = place_words(self.services, spec), spec.base_model
        if spec.hosted:
            return
        try:
            base = self.services.models.base(spec.base_model)
            self.model_name = base.name
            self._provenance["base_model"] = base.model_dump(
                mode="json", include={"name", "source", "revision", "manifest_sha256"}
            )
        except NotFound:
            pass

    @property
    def hosted(self) -> bool:
        """True when the run is a provider's work."""
        return self.job is not None and self.job.spec.hosted

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
        if self.job.status is JobStatus.RUNNING and not self.job.spec.hosted:
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
        return [] if self.job is None else measures(self)

    @property
    def best_validation(self) -> float | None:
        """Lowest validation loss so far."""
        return min((loss for _, loss in self.curves.points["validation_loss"]), default=None)

    @property
    def said(self) -> str:
        """The provider's own word for where the run stands; empty for a run on this machine."""
        return f"at the provider: {self.job.said}" if self.job and self.job.said else ""

    def facts(self) -> list[tuple[str, str]]:
        """What the run was asked to do."""
        return [] if self.job is None else facts(self, self.job)

    def recipe(self) -> str:
        """The spec with what its names stand for, as JSON: enough to repeat the run."""
        if self.job is None:
            return ""
        recipe = {"spec": self.job.spec.model_dump(mode="json"), **self._provenance}
        return json.dumps(recipe, indent=2, ensure_ascii=False)

    def log(self) -> str:
        """The last lines that the worker wrote."""
        return self.services.training.log(self.job_id)
