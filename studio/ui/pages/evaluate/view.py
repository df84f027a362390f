"""Every measured model with its score and interval, and the form that measures more."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from studio.domain.evaluation import EvaluationRun, RunStatus
from studio.ui.act import act, done
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.debounce import Debounce
from studio.ui.kit.empty_state import EmptyState
from studio.ui.kit.expander import Expander
from studio.ui.kit.facts import Facts
from studio.ui.kit.layout import Stack
from studio.ui.kit.page_header import PageHeader
from studio.ui.kit.page_scope import PageScope
from studio.ui.kit.score_bar import ScoreBar
from studio.ui.kit.sides import Sides
from studio.ui.pages import figures
from studio.ui.pages.evaluate.comparison_view import ComparisonView
from studio.ui.pages.evaluate.comparison_vm import ComparisonPage
from studio.ui.pages.evaluate.form_view import EvaluateForm
from studio.ui.pages.evaluate.run_row import RunRow
from studio.ui.pages.evaluate.vm import EvaluatePage, Group, paid, settings
from studio.ui.pages.loaded import Loaded
from studio.ui.pages.words import metric

if TYPE_CHECKING:
    from studio.services.container import Services
    from studio.ui.shell import Shell


async def build(services: Services, shell: Shell) -> None:
    """Draws the runs and the form."""
    await EvaluateView(EvaluatePage(services=services, project_id=shell.project_id), shell).show()


async def build_comparison(
    services: Services, shell: Shell, baseline_id: str, candidate_id: str
) -> None:
    """Draws two runs compared."""
    page = ComparisonPage(services=services, baseline_id=baseline_id, candidate_id=candidate_id)
    await ComparisonView(page, shell).show()


class EvaluateView:
    """The runs in groups that may be compared, kept up to date."""

    def __init__(self, page: EvaluatePage, shell: Shell) -> None:
        self.page, self.shell = page, shell

    async def show(self) -> None:
        """Reads everything, draws it, then follows the news."""
        with PageHeader(
            "Evaluate",
            "How often each model is right on examples kept for measuring, and how sure that is.",
        ):
            pass
        scope = PageScope()
        await Loaded(self.load, self.draw, gap=16).show()
        again = Debounce(0.3, self.refresh)
        scope.subscribe(self.shell.news, lambda _: again.poke())

    def load(self) -> None:
        """Reads runs, data and models; takes up the model that the address names."""
        self.page.load()
        asked_for = self.shell.query.get("model_id")
        if asked_for:
            self.page.suggest(asked_for)

    def draw(self) -> None:
        """Form and runs, or what is missing."""
        page = self.page
        if not page.versions or not page.models:
            EmptyState(
                "Nothing to measure yet",
                "Measuring needs a dataset and a model.",
                ("Import a file", "/datasets?import=1")
                if not page.versions
                else ("Open models", "/models"),
                icon="straighten",
                marker="evaluate-empty",
            )
            return
        sides = Sides(aside_width=320)
        with sides.main:
            self.groups = Stack(12)
        with sides.aside, Card("Measure models", marker="evaluate-form"):
            EvaluateForm(page, self.shell, self.refresh)
        self.draw_groups()

    def draw_groups(self) -> None:
        """One card for each body of examples."""
        self.groups.clear()
        self.unfinished: dict[str, RunRow] = {}
        with self.groups:
            if not self.page.groups:
                EmptyState(
                    "No scores yet",
                    "Choose models in the form and press Measure.",
                    icon="straighten",
                    marker="evaluate-no-runs",
                )
            for group in self.page.groups:
                self.draw_group(group)

    def draw_group(self, group: Group) -> None:
        """Runs on the same examples, best first."""
        page = self.page
        scored = next((run.primary for run in group.finished if run.primary), None)
        sentence = f" {metric(scored.metric).sentence}" if scored else ""
        with Card(group.title, subtitle=f"{settings(group.decoding)}.{sentence}") as card:
            for run in group.runs:
                self.draw_run(run)
            path = page.comparison_path(group)
            with card.actions:
                if path:
                    Button("Compare", href=path, kind="quiet", marker="evaluate-compare")
            if len(group.finished) > 2:
                with Expander("Compare any two"):
                    self.draw_pairs(group)

    def draw_run(self, run: EvaluationRun) -> None:
        """A score bar when finished; otherwise how far it is."""
        if run.status is RunStatus.SUCCEEDED and run.primary is not None:
            score = run.primary
            tone: Any = "base" if run.model_id in self.page.bases else "tuned"
            ScoreBar(
                run.model_name,
                score.value,
                score.low,
                score.high,
                n=score.n,
                tone=tone,
                marker=f"evaluate-run-{run.id}",
            )
            with Expander("All figures"):
                Facts(
                    [(metric(s.metric).title, figures.share(s.value)) for s in run.scores]
                    + paid(run)
                    + [("Measured", figures.moment(run.finished_at))]
                )
            return
        self.unfinished[run.id] = RunRow(run, partial(self.cancel, run.id))

    def draw_pairs(self, group: Group) -> None:
        """Every finished run with links to its comparisons."""
        runs = group.finished
        DataTable(
            ["First", *(run.model_name for run in runs)],
            [
                [
                    first.model_name,
                    *("–" if first is second else partial(_pair, first, second) for second in runs),
                ]
                for first in runs
            ],
            caption="Compare the model of the row with the model of the column",
        )

    async def cancel(self, run_id: str) -> None:
        """Stops a run."""
        if await done(self.page.cancel, run_id):
            await self.refresh()

    async def refresh(self) -> None:
        """Reads the runs again; only a run that began or ended changes more than its own row."""
        before = self.page.stages()

        def ignored(_: Any) -> None:
            """Trouble while polling is no news: what is drawn stays."""

        await act(self.page.load_runs, on_error=ignored)
        if self.groups.is_deleted:
            return
        if self.page.stages() != before:
            self.draw_groups()
            return
        for run in (run for group in self.page.groups for run in group.runs):
            if run.id in self.unfinished:
                self.unfinished[run.id].show(run)


def _pair(first: EvaluationRun, second: EvaluationRun) -> None:
    Button("Compare", href=f"/evaluate/{first.id}/{second.id}", kind="quiet")
