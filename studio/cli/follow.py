"""Following work that takes a while: bars on a terminal, a few lines in a log."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from studio.cli.output import duration, say
from studio.domain.errors import Conflict

if TYPE_CHECKING:
    from studio.domain.evaluation import EvaluationRun
    from studio.domain.jobs import Event, Job
    from studio.services.container import Services

PAUSE = 0.4
"""Seconds between two looks."""
QUIET_SHARE = 0.1
"""Where stderr is no terminal, a line is written each time this much more is done."""

SURE_SHARE = 0.03
"""Share of the work that must be done before its remaining time is more than a guess."""

NUMBER = re.compile(r"[\d,]+")

Report = Callable[[str, float | None], None]
"""Called with what is being done and the share that is done, None while unknown."""


@contextmanager
def bar(title: str) -> Iterator[Report]:
    """Shows progress on stderr for as long as the block lasts."""
    if not sys.stderr.isatty():
        yield _lines(title)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (
        TextColumn("{task.fields[title]}", markup=False),
        BarColumn(bar_width=28),
        TaskProgressColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=None, title=title)

        def report(what: str, share: float | None) -> None:
            total = None if share is None else 1.0
            progress.update(task, description=what, total=total, completed=share or 0)

        yield report


def with_time_left(report: Report) -> Report:
    """Returns a report that adds how long the present part of the work still takes, once known."""
    part, began, first = "", 0.0, 0.0

    def told(what: str, share: float | None) -> None:
        nonlocal part, began, first
        if what != part or share is None:
            part, began, first = what, time.monotonic(), share or 0.0
        done = (share or 0.0) - first
        if share is None or done < SURE_SHARE:
            report(what, share)
            return
        left = (time.monotonic() - began) * (1 - share) / done
        report(f"{what}  {duration(left)} left", share)

    return told


@contextmanager
def rows(title: str) -> Iterator[Callable[[int], None]]:
    """Shows how many rows were read, for as long as the block lasts."""
    with bar(title) as report:
        yield lambda count: report(f"{count:,} rows", None)


def _lines(title: str) -> Report:
    """Returns a report that writes a line when a step begins and at each further tenth of it."""
    last: tuple[str, float | None] = ("", None)

    def report(what: str, share: float | None) -> None:
        nonlocal last
        before, known = last
        if share is None:
            # A count that grows is no news; other words are.
            news = NUMBER.sub("", what) != NUMBER.sub("", before)
        else:
            news = known is None or share < known or share >= min(known + QUIET_SHARE, 1) > known
        if news:
            last = (what, share)
            say(f"{title}: {what}" if share is None else f"{title}: {share:.0%} {what}".rstrip())

    return report


ENDED = frozenset({"succeeded", "failed", "cancelled", "interrupted", "paused"})
"""Statuses in which nothing moves any more without a person."""


def job(services: Services, job_id: str) -> Job:
    """Follows a training job to its end and returns it; Ctrl+C cancels it, keeping a checkpoint."""
    follower = _Follower(services, job_id)
    try:
        return follower.to_the_end()
    except KeyboardInterrupt:
        say("Stopping the training; a checkpoint is saved first. Ctrl+C again leaves it running.")
        with suppress(Conflict):
            services.training.cancel(job_id)
        ended = follower.to_the_end()
        say(f"It goes on from there with: studio jobs resume {job_id}")
        return ended


class _Follower:
    """Reads a job's news, each once, and shows the latest figures."""

    def __init__(self, services: Services, job_id: str) -> None:
        self._training, self._id = services.training, job_id
        self._after = 0
        self._latest: dict[str, float] = {}

    def to_the_end(self) -> Job:
        with bar("Training") as report:
            while True:
                # The job first: news written before its end is then all there to be read.
                job = self._training.get(self._id)
                events = self._training.events(self._id, after=self._after)
                for event in events:
                    self._note(event)
                share = job.step / job.total_steps if job.total_steps else None
                report(_figures(job, self._latest), share)
                if not events:
                    if job.status in ENDED:
                        return job
                    time.sleep(PAUSE)

    def _note(self, event: Event) -> None:
        self._after = max(self._after, event.n)
        if event.kind == "metrics":
            self._latest.update(event.data)
        elif event.kind in ("phase", "failure") and event.message:
            say(event.message)


def _figures(job: Job, latest: dict[str, float]) -> str:
    """Returns the run's latest figures in one line; what is unknown is left out."""
    shown = [f"{job.status} (at the provider: {job.said})" if job.said else str(job.status)]
    if job.total_steps:
        shown.append(f"step {job.step}/{job.total_steps}")
    for name, words, form in (
        ("loss", "loss", ".3f"),
        ("validation_loss", "validation", ".3f"),
        ("tokens_per_second", "tokens/s", ".0f"),
    ):
        if name in latest:
            shown.append(f"{words} {latest[name]:{form}}")
    if job.eta_seconds is not None:
        shown.append(f"{duration(job.eta_seconds)} left")
    return "  ".join(shown)


def evaluation(services: Services, run: EvaluationRun) -> EvaluationRun:
    """Follows an evaluation to its end and returns it; Ctrl+C cancels it."""
    try:
        with bar(f"Measuring {run.model_name}") as report:
            while True:
                run = services.evaluation.get(run.id)
                share = run.done / run.total if run.total else None
                report(f"{run.done}/{run.total} answers", share)
                if run.status in ENDED:
                    return run
                time.sleep(PAUSE)
    except KeyboardInterrupt:
        with suppress(Conflict):
            services.evaluation.cancel(run.id)
        raise
