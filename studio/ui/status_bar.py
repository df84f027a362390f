"""StatusBar: running jobs, when it was last saved, and which data folder this is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from nicegui import ui
from nicegui.element import Element

from studio.domain.jobs import Job
from studio.ui.bridge import News
from studio.ui.kit.page_scope import PageScope
from studio.ui.kit.text import Text
from studio.ui.kit.wording import time_left

SHOWN = 2


class StatusBar:
    """The line at the bottom of the window."""

    def __init__(self, latest: News, data_dir: Path, scope: PageScope) -> None:
        self._scope = scope
        with ui.footer(fixed=True).classes("ls-status") as bar:
            bar.props["role"] = "contentinfo"
            self._jobs = Element("div").classes("ls-row ls-nowrap").mark("running-jobs")
            Element("div").classes("ls-spacer")
            self._saved = Text("", inline=True, marker="saved")
            self._saved.props["role"] = "status"
            Text(str(data_dir), inline=True).classes("ls-wide").props["title"] = "Data folder"
        self._shown: dict[str, _JobLine] = {}
        self.show(latest)

    def saved(self, at: datetime | None = None) -> None:
        """Says when something was last kept."""
        self._saved.set_text(f"Saved {(at or datetime.now()).strftime('%H:%M')}")

    def show(self, news: News) -> None:
        """Shows the jobs that are under way; rebuilt only when others come or go."""
        wanted = {job.id: job for job in news.running[:SHOWN]}
        if list(wanted) != list(self._shown) or not wanted:
            self._rebuild(wanted, len(news.running))
        for job_id, job in wanted.items():
            self._shown[job_id].show(job)

    def _rebuild(self, jobs: dict[str, Job], total: int) -> None:
        self._jobs.clear()
        with self._jobs:
            self._shown = {job_id: _JobLine(job) for job_id, job in jobs.items()}
            if not jobs:
                Text("Nothing is running", inline=True)
            elif total > SHOWN:
                Text(f"and {total - SHOWN} more", inline=True)


class _JobLine:
    """One job: a press opens it."""

    def __init__(self, job: Job) -> None:
        with Element("a").classes("ls-job").mark(f"job-{job.id}") as line:
            line.props["href"] = f"/jobs/{job.id}"
            self._name = Text(job.name, inline=True)
            with Element("span").classes("ls-track") as track:
                track.props["aria-hidden"] = "true"
                self._fill = Element("div").classes("ls-track-fill")
            self._figures = Text("", inline=True).classes("ls-figures")

    def show(self, job: Job) -> None:
        """Shows how far it is."""
        share = job.step / job.total_steps if job.total_steps else 0.0
        self._fill.style(f"width:{100 * share:.1f}%")
        words = [f"{100 * share:.0f} %" if job.total_steps else str(job.status)]
        left = time_left(job.eta_seconds) if share >= 0.03 else ""
        self._figures.set_text(" · ".join([*words, left] if left else words))
