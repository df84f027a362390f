"""The fine-tuning step on the screen: readiness, options side by side, pilot, measuring."""

from __future__ import annotations

from functools import partial

from studio.domain.ladder import Rung
from studio.ui.act import act, done, slow
from studio.ui.kit.badge import Badge
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.choice import Choice, ChoiceCards
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.expander import Expander
from studio.ui.kit.facts import Facts
from studio.ui.kit.fields import select_field
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.link import Link
from studio.ui.kit.notices import Callout, notice
from studio.ui.kit.progress_row import ProgressRow
from studio.ui.kit.text import Text
from studio.ui.pages.home.vm import steps
from studio.ui.pages.ladder.fine_tune_vm import LEVELS, FineTunePage, OptionRow
from studio.ui.pages.ladder.frame import Frame
from studio.ui.pages.ladder.results_view import ResultsView
from studio.ui.pages.ladder.rung_view import RungFormView
from studio.ui.pages.ladder.rung_vm import RungForm

ARMS = {
    Rung.FINE_TUNE: ("Fine-tune alone", "The tuned model answers by itself."),
    Rung.RAG_FINE_TUNE: (
        "RAG and fine-tune",
        "The tuned model is given passages too. Sometimes better, sometimes worse: measure it.",
    ),
}


class FineTuneView:
    """Draws the step; every decision is the view models'."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        services, project = frame.services, frame.project_id
        self.forms = {
            rung: RungForm(services=services, project_id=project, rung=rung) for rung in ARMS
        }
        self.views = {
            rung: RungFormView(form, frame, frame.refresh) for rung, form in self.forms.items()
        }
        for view in self.views.values():
            view.take_up()
        self.rung = Rung.FINE_TUNE
        self.page = FineTunePage(
            services=services, project_id=project, form=self.forms[Rung.FINE_TUNE]
        )

    def load(self) -> None:
        """Reads what can be chosen, then readiness and options."""
        self.note_blocks()
        for form in self.forms.values():
            form.load()
        self.page.load()

    def draw(self) -> None:
        """Readiness, options, pilot, the measuring of tuned models, runs."""
        self.draw_readiness()
        self.draw_options()
        self.draw_pilot()
        with Card("Measure a tuned model", subtitle="Pilots are measured by themselves."):
            ChoiceCards(
                "What to measure",
                [Choice(value=rung, title=t, text=s) for rung, (t, s) in ARMS.items()],
                value=self.rung,
                on_change=self.choose,
                marker="tune-arm",
            )
        self.form_place = Stack(16)
        self.choose(self.rung)
        self.results = ResultsView(self.frame)

    def draw_readiness(self) -> None:
        """Whether there is enough to learn from."""
        page = self.page
        with Card(
            "Is there enough to learn from?",
            subtitle="Why we ask: too few examples teach a model nothing, and cost the same.",
            marker="tune-readiness",
        ):
            if page.readiness is None:
                Text(page.problem, "muted")
                return
            words, tone = LEVELS[page.readiness.level]
            Badge(words, tone, marker="tune-level")
            Facts(page.counts)
            for flag in page.readiness.flags:
                Callout(flag, "warning")

    def draw_options(self) -> None:
        """Backends and methods side by side."""
        with Card(
            "Where and how",
            subtitle="Estimates with their range. Unknown is said, never guessed.",
            marker="tune-options",
        ):
            if self.page.bases:
                select_field(
                    "Base model",
                    options={model.id: model.name for model in self.page.bases},
                    value=self.page.base_id,
                    hint="What the pilot starts from.",
                    marker="tune-base",
                    on_change=self.choose_base,
                )
            self.options = Stack(8)
        self.show_options()

    def show_options(self) -> None:
        """The table of options."""
        self.options.clear()
        with self.options:
            if self.page.options_problem:
                Callout(self.page.options_problem, "warning")
            rows = self.page.rows()
            if not rows:
                Text("There is nothing to compare yet: choose the evidence first.", "muted")
                return
            DataTable(
                [
                    "Where",
                    "Method",
                    "Memory",
                    "Training",
                    "Cost of training",
                    "Cost a month to serve",
                    "Ends",
                    "",
                ],
                [
                    [
                        row.where,
                        row.method,
                        row.memory,
                        row.duration,
                        row.training,
                        row.serving,
                        row.ends or "no date known",
                        partial(Badge, row.state, row.tone),
                    ]
                    for row in rows
                ],
                caption="Ways to fine-tune, side by side",
                marker="tune-option-table",
            )
            self.draw_notes(rows)

    def draw_notes(self, rows: list[OptionRow]) -> None:
        """What blocks an option and what to beware of."""
        noted = [row for row in rows if row.notes]
        if not noted:
            return
        with Expander("Why some are blocked, and warnings", marker="tune-notes"), Stack(6):
            for row in noted:
                Text(f"{row.where}, {row.method}: {' '.join(row.notes)}", "small")

    async def choose_base(self, base_id: str) -> None:
        """Takes another base model."""
        if base_id and await slow(self.page.choose_base, base_id) and not self.options.is_deleted:
            self.show_options()
            self.show_pilot()

    def draw_pilot(self) -> None:
        """The pilot run: start, progress, what came of it."""
        with Card(
            "Pilot",
            subtitle="A short fine-tune on this machine with the studio's proposal. It costs no "
            "money, goes on when you leave, and is measured by itself when it has finished.",
            marker="tune-pilot",
        ):
            with Row(12):
                self.pilot_button = Button(
                    "Start the pilot",
                    self.start_pilot,
                    kind="primary",
                    icon="model_training",
                    marker="tune-pilot-start",
                )
                self.pilot_why = Text("", "small", marker="tune-pilot-why-not")
            self.pilot_place = Stack(8)
        self.show_pilot()

    def show_pilot(self) -> None:
        """How far the pilot is."""
        why_not = self.page.cannot_pilot
        self.pilot_button.set_enabled(not why_not)
        self.pilot_why.set_text(why_not)
        self.pilot_place.clear()
        job, failed = self.page.active, self.page.last_failed
        with self.pilot_place:
            if job is not None:
                share = job.step / job.total_steps if job.total_steps else None
                ProgressRow(
                    f"{job.name} · {steps(job) or 'starting'}",
                    percent=None if share is None else 100 * share,
                    eta_seconds=job.eta_seconds,
                    marker="tune-pilot-progress",
                )
                Link("Watch it", f"/jobs/{job.id}", marker="tune-pilot-open")
            elif failed is not None:
                Callout(failed.message, "bad", title=f"{failed.name} failed")
                Link("See why", f"/jobs/{failed.id}")

    async def start_pilot(self) -> None:
        """Starts the pilot; a second press meanwhile starts no second one."""
        self.pilot_button.busy(True)
        job = await act(self.page.pilot)
        self.pilot_button.busy(False)
        if job is not None:
            self.frame.shell.saved()
            notice("The pilot has begun. Its score appears here when it has finished.", "good")
        await self.reload_jobs()
        await self.frame.refresh()

    async def reload_jobs(self) -> None:
        """Reads the trainings again."""
        if await done(self.page.load_jobs) and not self.pilot_place.is_deleted:
            self.show_pilot()

    def choose(self, rung: Rung) -> None:
        """Sets up the other arm."""
        self.rung = rung
        self.form_place.clear()
        with self.form_place:
            self.views[rung].draw()

    async def news(self) -> None:
        """Shows how far pilot and runs are."""
        self.note_blocks()
        await self.reload_jobs()
        self.views[self.rung].check()
        self.results.show()

    def note_blocks(self) -> None:
        """Takes over which rules stop these rungs."""
        for rung, form in self.forms.items():
            fired = self.frame.overview.blocks(rung)
            form.blocked = fired.rule.id if fired is not None else ""
