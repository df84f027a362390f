"""Following work that takes a while: bars on a terminal, a few lines in a log."""

from __future__ import annotations

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


def _lines(title: str) -> Report:
    """Returns a report that writes a line when a step begins and at each further tenth of it."""
    last: tuple[str, float | None] = ("", None)

    def report(what: str, share: float | None) -> None:
        nonlocal last
        before, known = last
        if share is None:
            news = what != before
        else:
            news = known is None or share < known or share >= min(known + QUIET_SHARE, 1) > known
        if news:
            last = (what, share)
            say(f"{title}: {what}" if share is None else f"{title}: {share:.0%} {what}".rstrip())

    return report


def job(services: Services, job_id: str) -> Job:
    """Follows a training job to its end and returns it; Ctrl+C cancels it, keeping a checkpoint."""
    try:
        return _job(services, job_id)
    except KeyboardInterrupt:
        say("Stopping the training; a checkpoint is saved first. Ctrl+C again leaves it running.")
        try:
            services.training.cancel(job_id)
        except Conflict:
            say("It has ended meanwhile.")
        ended = _job(services, job_id)
        say(f"It goes on from there with: studio jobs resume {job_id}")
        return ended


def _job(services: Services, job_id: str) -> Job:
    after = 0
    latest: dict[str, float] = {}
    with bar("Training") as report:
        while True:
            job = services.training.get(job_id)
            events = services.training.events(job_id, after=after)
            for event in events:
                after = max(after, event.n)
                _note(event, latest)
            share = job.step / job.total_steps if job.total_steps else None
            report(_figures(job, latest), share)
            if not events and (job.status in ENDED):
                return job
            if not events:
                time.sleep(PAUSE)


ENDED = frozenset({"succeeded", "failed", "cancelled", "interrupted"})
"""Statuses in which nothing moves any more without a person."""


def _note(event: Event, latest: dict[str, float]) -> None:
    if event.kind == "metrics":
        latest.update(event.data)
    elif event.kind in ("phase", "failure") and event.message:
        say(event.message)


def _figures(job: Job, latest: dict[str, float]) -> str:
    """Returns the run's latest figures in one line; what is unknown is left out."""
    shown = [str(job.status)]
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
