"""The table of training runs; the form and the page of one run stand in modules beside it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from studio.ui.act import done
from studio.ui.kit.badge import StatusBadge
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.data_table import Cell, DataTable
from studio.ui.kit.debounce import Debounce
from studio.ui.kit.empty_state import EmptyState
from studio.ui.kit.layout import Row
from studio.ui.kit.link import Link
from studio.ui.kit.page_header import PageHeader
from studio.ui.kit.page_scope import PageScope
from studio.ui.kit.text import Text
from studio.ui.pages.fine_tune.form_view import FormView
from studio.ui.pages.fine_tune.jobs_vm import JobList, JobRow
from studio.ui.pages.fine_tune.vm import FineTuneForm
from studio.ui.pages.job.view import JobView
from studio.ui.pages.job.vm import JobPage
from studio.ui.pages.loaded import Loaded

if TYPE_CHECKING:
    from studio.domain.jobs import Job
    from studio.services.container import Services
    from studio.ui.shell import Shell

COLUMNS = (
    *("Run", "Status", "Where", "Progress", "Time left"),
    *("Score", "Took", "Examples", "Started"),
)


async def build(services: Services, shell: Shell) -> None:
    """Draws the table of runs."""
    await JobsView(services, shell).show()


async def build_new(services: Services, shell: Shell) -> None:
    """Draws the form."""
    form = FineTuneForm(services=services, project_id=shell.project_id)
    await FormView(form, shell).show()


async def build_job(services: Services, shell: Shell, job_id: str) -> None:
    """Draws one run."""
    await JobView(JobPage(services=services, job_id=job_id), shell).show()


class JobsView:
    """The table of runs, kept up to date while they go on."""

    def __init__(self, services: Services, shell: Shell) -> None:
        self.shell = shell
        self.page = JobList(services=services, project_id=shell.project_id)

    async def show(self) -> None:
        """Draws the table, then follows the news."""
        with PageHeader("Fine-tune", "Training runs, newest first. They go on without this page."):
            Button(
                "New fine-tune",
                href="/fine-tune/new",
                kind="primary",
                icon="add",
                marker="fine-tune-new",
            )
        self.table: DataTable | None = None
        await Loaded(self.page.load, self.draw).show()
        again = Debounce(0.2, self.refresh)
        PageScope().subscribe(self.shell.news, lambda _: again.poke())

    def draw(self) -> None:
        """The table, or how to begin."""
        self.table = None
        if not self.page.rows:
            EmptyState(
                "Nothing trained yet",
                "Choose examples and a model, see what it will take, and start.",
                ("New fine-tune", "/fine-tune/new"),
                icon="model_training",
                marker="fine-tune-empty",
            )
            return
        with Card():
            self.table = DataTable(
                COLUMNS,
                [self._cells(row) for row in self.page.rows],
                caption="Training runs",
                marker="fine-tune-jobs",
            )

    async def refresh(self) -> None:
        """Reads the runs again and changes the rows in place."""

        def ignored(_: Any) -> None:
            """Trouble while polling is no news: the rows stay as they were."""

        if await done(self.page.load, on_error=ignored) and self.table is not None:
            self.table.set_rows([self._cells(row) for row in self.page.rows])

    def _cells(self, row: JobRow) -> list[Cell]:
        job = row.job
        return [
            partial(Link, job.name, f"/jobs/{job.id}", marker=f"fine-tune-open-{job.id}"),
            partial(_status, job),
            row.where,
            row.progress,
            row.time_left,
            row.result,
            row.duration,
            row.dataset,
            partial(Text, row.started, "small"),
        ]


def _status(job: Job) -> None:
    with Row(6):
        StatusBadge(job.status)
        if job.said:
            Text(f"at the provider: {job.said}", "small", inline=True)
