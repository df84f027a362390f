"""The page of one training run: status, progress, live curves, log, recipe and actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nicegui import ui

from studio.domain.jobs import JobStatus
from studio.ui.act import act
from studio.ui.kit.badge import StatusBadge
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.debounce import Debounce
from studio.ui.kit.expander import Expander
from studio.ui.kit.facts import Facts
from studio.ui.kit.layout import Columns
from studio.ui.kit.live_chart import LiveChart
from studio.ui.kit.log_view import LogView
from studio.ui.kit.page_header import PageHeader
from studio.ui.kit.page_scope import PageScope
from studio.ui.kit.progress_row import ProgressRow
from studio.ui.kit.sides import Sides
from studio.ui.kit.stat import Stat
from studio.ui.kit.text import Text
from studio.ui.pages.datasets.vm import file_stem
from studio.ui.pages.job.actions_view import ActionsView
from studio.ui.pages.job.curves import ACCURACY, LOSS
from studio.ui.pages.job.vm import JobPage, News
from studio.ui.pages.loaded import Loaded

if TYPE_CHECKING:
    from studio.ui.shell import Shell

UNDER_WAY = (JobStatus.RUNNING, JobStatus.PAUSING, JobStatus.CANCELLING)
SHOWN_LINES = 400
"""Newest lines of the event log that are shown."""


class JobView:
    """Draws a run once, then changes only what changed."""

    def __init__(self, page: JobPage, shell: Shell) -> None:
        self.page, self.shell = page, shell

    async def show(self) -> None:
        """Replays the whole history, then follows the news."""
        scope = PageScope()
        self.again = Debounce(0.05, self.look_now)
        loaded = Loaded(self.page.load, self.draw, gap=16)
        await loaded.show()
        if self.page.job is None:
            return
        scope.subscribe(self.shell.news, lambda _: self.again.poke())
        # Where the time goes is shown even while a step takes long and there is no news.
        scope.every(5, lambda: None if self.page.over else self.again.poke())

    def draw(self) -> None:
        """The whole page."""
        page, job = self.page, self.page.job
        if job is None:
            return
        self.shell.title(job.name)
        with PageHeader(job.name, f"Training run {job.id}", back=("Fine-tune", "/fine-tune")):
            self.badge = StatusBadge(job.status, marker="job-status")
            self.said = Text("", "small", inline=True, marker="job-said")
        sides = Sides()
        with sides.main:
            self.draw_progress()
            self.draw_chart()
            self.draw_logs()
        with sides.aside:
            with Card("What you can do", marker="job-actions"):
                self.actions = ActionsView(page, self.shell, self.look)
            with Card("What was asked"):
                self.facts = Facts(page.facts(), marker="job-facts")
                self.draw_recipe()
        self.show_state()

    def draw_progress(self) -> None:
        """Status in words, the bar, and the figures."""
        with Card(marker="job-progress"):
            self.sentence = Text("", "lead", marker="job-sentence")
            self.progress = ProgressRow("Progress", marker="job-percent")
            with Columns(120, gap=8):
                self.stats = [
                    Stat(label, value, hint) for label, value, hint in self.page.measures()
                ]

    def draw_chart(self) -> None:
        """Loss and token accuracy of both splits, the whole history."""
        with Card("Loss", subtitle="How wrong the model still is; lower is better."):
            loss = LiveChart(
                "Training and validation loss by step",
                ["training", "validation"],
                y="loss (nats)",
                dots=("validation",),
                marker="job-chart",
            )
        self.accuracy = Card(
            "Right tokens",
            subtitle="Share of the answers' tokens that are guessed right; higher is better.",
        )
        with self.accuracy:
            accuracy = LiveChart(
                "Token accuracy in training and validation by step",
                ["training", "validation"],
                y="share",
                dots=("validation",),
                marker="job-accuracy-chart",
            )
        self.lines: dict[str, tuple[LiveChart, str]] = {
            metric: (chart, series)
            for chart, metrics in ((loss, LOSS), (accuracy, ACCURACY))
            for metric, series in zip(metrics, ("training", "validation"), strict=True)
        }
        self.draw_curves()

    def draw_curves(self) -> None:
        """Draws every curve anew."""
        for metric, (chart, series) in self.lines.items():
            chart.set_points(series, self.page.curves.points[metric])

    def draw_logs(self) -> None:
        """Events in words; the worker's own lines behind Details."""
        with Card("Events"):
            self.log = LogView(self.log_text(), "Events of this run", marker="job-events")
            with Expander("Details", hint="What the worker wrote", marker="job-details") as details:
                self.worker = LogView("", "Worker's log", marker="job-worker-log")
            details.on("toggle", self.show_worker_log, [])

    def draw_recipe(self) -> None:
        """The spec, to read and to keep."""
        recipe, job = self.page.recipe(), self.page.job
        with Expander("Recipe", hint="Everything needed to repeat this run", marker="job-recipe"):
            LogView(recipe, "Recipe as JSON")
            Button(
                "Download recipe",
                lambda: ui.download.content(
                    recipe,
                    f"{file_stem(job.name if job else 'run')}-recipe.json",
                    "application/json",
                ),
                kind="quiet",
                icon="download",
                marker="job-recipe-download",
            )

    def log_text(self) -> str:
        """The newest events, oldest of them first."""
        return "\n".join(self.page.lines[-SHOWN_LINES:]) or "Nothing yet."

    async def look(self) -> None:
        """Looks at once; two looks never overlap, as each would show the same news."""
        await self.again.now()

    async def look_now(self) -> None:
        """Reads what is new and shows only that."""

        def ignored(_: Any) -> None:
            """Trouble while polling is no news: the page stays as it was."""

        news = await act(self.page.look, on_error=ignored)
        if news is not None and news.any and not self.badge.is_deleted:
            self.show_news(news)

    def show_news(self, news: News) -> None:
        """Lengthens the curves and the log, changes the figures."""
        if news.rewound:
            self.draw_curves()
        else:
            for metric, (chart, series) in self.lines.items():
                chart.append(series, news.points[metric])
        if news.lines:
            self.log.set_text(self.log_text())
        self.show_state()

    def show_state(self) -> None:
        """Status, progress and figures as they are now."""
        page, job = self.page, self.page.job
        if job is None:
            return
        self.badge.show(job.status)
        self.said.set_text(page.said)
        self.sentence.set_text(page.sentence)
        self.accuracy.set_visibility(any(page.curves.points[name] for name in ACCURACY))
        running = job.status in UNDER_WAY
        self.progress.set_visibility(running or bool(page.percent))
        self.progress.show(page.step_words, page.percent, page.eta_seconds)
        for stat, (_, value, hint) in zip(self.stats, page.measures(), strict=True):
            stat.set(value, hint)
        self.facts.show(page.facts())
        self.actions.show()

    async def show_worker_log(self) -> None:
        """Reads the worker's lines when somebody wants them."""
        text = await act(self.page.log)
        if text is not None:
            self.worker.set_text(text or "The worker has written nothing.")
