"""StatusBar: what is running, when something was last saved, and which data folder this is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nicegui import ui
from nicegui.element import Element

from studio.domain.evaluation import EvaluationRun, RunStatus
from studio.domain.jobs import Job
from studio.domain.ladder import RungRun
from studio.domain.models import Fetch, FetchStatus
from studio.ui.kit.badge import STATUS_WORDS
from studio.ui.kit.text import Text
from studio.ui.kit.wording import time_left
from studio.ui.pages.ladder.steps import step_of_rung, step_path
from studio.ui.pages.words import RUNG_TITLES

SHOWN = 2
"""Lines that have room; the others are counted."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """One thing under way."""

    id: str
    name: str
    href: str
    status: str
    share: float | None
    """Share done, from 0 to 1; None while unknown."""
    eta_seconds: float | None = None


def running_job(job: Job) -> Running:
    """Returns a training run as the status bar shows it."""
    return Running(
        id=job.id,
        name=job.name,
        href=f"/jobs/{job.id}",
        status=STATUS_WORDS[job.status],
        share=job.step / job.total_steps if job.total_steps else None,
        eta_seconds=job.eta_seconds,
    )


def running_evaluations(runs: Sequence[EvaluationRun]) -> list[Running]:
    """Returns the evaluations that are not over, oldest first, as the status bar shows them."""
    open_runs = [run for run in runs if run.status in (RunStatus.QUEUED, RunStatus.RUNNING)]
    return [
        Running(
            id=run.id,
            name=f"Measuring {run.model_name}",
            href="/evaluate",
            status=STATUS_WORDS[run.status],
            share=run.done / run.total if run.total else None,
        )
        for run in sorted(open_runs, key=lambda run: run.created_at)
    ]


def running_fetches(fetches: Sequence[Fetch]) -> list[Running]:
    """Returns the base models on their way here as the status bar shows them."""
    return [
        Running(
            id=fetch.id,
            name=f"Fetching {fetch.name}",
            href="/models",
            status="Stopping" if fetch.status is FetchStatus.STOPPING else "On its way",
            share=fetch.share,
            eta_seconds=fetch.eta_seconds,
        )
        for fetch in fetches
        if fetch.status is not FetchStatus.FAILED
    ]


def running_rungs(runs: Sequence[RungRun]) -> list[Running]:
    """Returns the rungs being measured, oldest first, as the status bar shows them."""
    open_runs = [run for run in runs if run.status in (RunStatus.QUEUED, RunStatus.RUNNING)]
    return [
        Running(
            id=run.id,
            name=f"Measuring {RUNG_TITLES[run.setup.rung]}",
            href=step_path(step_of_rung(run.setup.rung)),
            status=STATUS_WORDS[run.status],
            share=run.done / run.total if run.total and run.done else None,
        )
        for run in sorted(open_runs, key=lambda run: run.created_at)
    ]


class StatusBar:
    """The line at the bottom of the window."""

    def __init__(self, data_dir: Path) -> None:
        with ui.footer(fixed=True).classes("ls-status") as bar:
            bar.props["role"] = "contentinfo"
            self._lines = Element("div").classes("ls-row ls-nowrap").mark("running")
            Element("div").classes("ls-spacer")
            self._saved = Text("", inline=True, marker="saved")
            self._saved.props["role"] = "status"
            Text(str(data_dir), inline=True).classes("ls-wide").props["title"] = "Data folder"
        self._shown: dict[str, _Line] = {}
        self.show([])

    def saved(self, at: datetime | None = None) -> None:
        """Says when something was last kept."""
        self._saved.set_text(f"Saved {(at or datetime.now()).strftime('%H:%M')}")

    def show(self, running: Sequence[Running]) -> None:
        """Shows what is under way; drawn afresh only when others come or go."""
        wanted = {one.id: one for one in running[:SHOWN]}
        if list(wanted) != list(self._shown) or not wanted:
            self._rebuild(wanted, len(running))
        for id, one in wanted.items():
            self._shown[id].show(one)

    def _rebuild(self, wanted: dict[str, Running], total: int) -> None:
        self._lines.clear()
        with self._lines:
            self._shown = {id: _Line(one) for id, one in wanted.items()}
            if not wanted:
                Text("Nothing is running", inline=True)
            elif total > SHOWN:
                Text(f"and {total - SHOWN} more", inline=True)


class _Line:
    """One thing under way: a press opens it."""

    def __init__(self, one: Running) -> None:
        with Element("a").classes("ls-job").mark(f"running-{one.id}") as line:
            line.props["href"] = one.href
            Text(one.name, inline=True)
            with Element("span").classes("ls-track") as track:
                track.props["aria-hidden"] = "true"
                self._fill = Element("div").classes("ls-track-fill")
            self._figures = Text("", inline=True).classes("ls-figures")

    def show(self, one: Running) -> None:
        """Shows how far it is."""
        share = one.share or 0.0
        self._fill.style(f"width:{100 * share:.1f}%")
        words = one.status if one.share is None else f"{100 * share:.0f} %"
        left = time_left(one.eta_seconds) if share >= 0.03 else ""
        self._figures.set_text(f"{words} · {left}" if left else words)
