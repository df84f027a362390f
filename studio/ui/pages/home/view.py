"""Home: the project at a glance, one thing to do next, and the way in when there is nothing yet."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from studio.ui.act import act
from studio.ui.bridge import News
from studio.ui.kit.badge import StatusBadge
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.empty_state import EmptyState
from studio.ui.kit.layout import Columns, Row, Stack
from studio.ui.kit.link import Link
from studio.ui.kit.long_task import LongTask
from studio.ui.kit.page_header import PageHeader
from studio.ui.kit.page_scope import PageScope
from studio.ui.kit.score_bar import ScoreBar
from studio.ui.kit.stat import Stat
from studio.ui.kit.steps import Steps
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.home import vm

if TYPE_CHECKING:
    from studio.domain.jobs import Job
    from studio.services.container import Services
    from studio.ui.shell import Shell

STEPS = ["Bring in examples", "Tune a model", "Measure it", "Use it"]


async def build(services: Services, shell: Shell) -> None:
    """Draws the page."""
    await HomePage(services, shell).show()


class HomePage:
    """The parts of Home that change with the project's news."""

    def __init__(self, services: Services, shell: Shell) -> None:
        self._services, self._shell = services, shell
        self._shown: vm.Home | None = None
        self._steps: dict[str, Text] = {}
        PageHeader(
            shell.project.name,
            shell.project.description
            or "Find out how far up the ladder your task must climb, by measuring each rung.",
        )
        self._body = Stack(16)
        PageScope().subscribe(shell.news, self._news)

    async def show(self) -> None:
        """Reads the project and draws it, unless nothing has changed."""
        found = await act(vm.read, self._services, self._shell.project_id)
        if found is None or self._body.is_deleted:
            return
        before, self._shown = self._shown, found
        if before is not None and before.outline == found.outline:
            # Drawing it all afresh would take the keyboard's place away every quarter second.
            for job in found.jobs[: vm.RECENT]:
                self._steps[job.id].set_text(vm.steps(job))
            return
        self._body.clear()
        with self._body:
            self._welcome() if found.empty else self._draw(found)

    async def _news(self, news: News) -> None:
        await self.show()

    def _welcome(self) -> None:
        EmptyState(
            "Nothing here yet",
            "Open the sample project to go the whole way once on a small example: its data and a "
            "small base model are put in place. Or begin with your own examples.",
            ("Open the sample project", self._open_sample),
            ("Import your own data", "/datasets?import=1"),
            icon="stairs",
            marker="welcome",
        )
        self._sample = Stack(8)
        with Card("How it goes"):
            Steps(STEPS, -1, label="The way")
            Text(
                "A model is taught with your examples on this machine; nothing leaves it. Then "
                "base and tuned model answer questions that neither has seen, and you read the "
                "difference, with how sure it is.",
                "muted",
            )

    def _open_sample(self) -> None:
        self._sample.clear()
        with self._sample, Card():
            LongTask(
                "Preparing the sample project",
                lambda progress, cancelled: self._services.sample.prepare(
                    progress=progress, cancelled=cancelled
                ),
                on_done=lambda sample: self._shell.choose_project(sample.project),
                ends_with_page=False,
                marker="sample-progress",
            )

    def _draw(self, home: vm.Home) -> None:
        self._next(vm.advice(home), home)
        with Columns(360, gap=16, even=True):
            self._result(home)
            self._state(home)
        if home.jobs:
            self._jobs(home)

    def _next(self, advice: vm.Advice, home: vm.Home) -> None:
        with Card(marker="next"):
            Steps(STEPS, home.step, label="Where this project stands")
            with Row(16, spread=True):
                with Stack(2):
                    Text(advice.title, "strong")
                    Text(advice.because, "muted")
                Button(advice.button, href=advice.href(home), kind="primary", marker="next-action")

    def _result(self, home: vm.Home) -> None:
        with Card("Best result so far", marker="best") as card:
            if home.best is None:
                Text(
                    "No tuned model has been measured beside its base model yet. Until then, "
                    "nobody knows whether tuning helped.",
                    "muted",
                )
                return
            found = home.best.comparison
            for run, tone in ((found.baseline, "base"), (found.candidate, "tuned")):
                _score(run.model_name, run.primary, tone)
            Text(found.verdict)
        with card.actions:
            Link("Read the answers", home.best.href)

    def _state(self, home: vm.Home) -> None:
        with Card("In this project"), Row(28, align="start"):
            Stat(
                "Datasets", figures.count(home.n_datasets), figures.many(home.n_examples, "example")
            )
            Stat("Tuned models", figures.count(len(home.models)))
            Stat("Measurements", figures.count(home.n_evaluations))
            Stat("Running", figures.count(len(home.active)))

    def _jobs(self, home: vm.Home) -> None:
        with Card("Latest training runs") as card:
            DataTable(
                ["Run", "State", "Done", "Started"],
                [
                    [
                        partial(Link, job.name, f"/jobs/{job.id}"),
                        partial(StatusBadge, job.status),
                        partial(self._step_cell, job),
                        figures.moment(job.created_at),
                    ]
                    for job in home.jobs[: vm.RECENT]
                ],
                caption="Latest training runs",
            )
        with card.actions:
            Link("All runs", "/fine-tune")

    def _step_cell(self, job: Job) -> None:
        self._steps[job.id] = Text(vm.steps(job))


def _score(name: str, score: Any, tone: Any) -> None:
    if score is not None:
        ScoreBar(name, score.value, score.low, score.high, n=score.n, tone=tone)
