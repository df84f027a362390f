"""The fine-tuning step on the screen: readiness, options side by side, pilot, measuring."""

from __future__ import annotations

from functools import partial

from studio.domain.ladder import Rung
from studio.ui.act import done, slow
from studio.ui.kit.badge import Badge
from studio.ui.kit.card import Card
from studio.ui.kit.choice import Choice, ChoiceCards
from studio.ui.kit.data_table import Cell, DataTable
from studio.ui.kit.debounce import Debounce
from studio.ui.kit.expander import Expander
from studio.ui.kit.facts import Facts
from studio.ui.kit.layout import Stack
from studio.ui.kit.link import Link
from studio.ui.kit.notices import Callout
from studio.ui.kit.progress_row import ProgressRow
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.home.vm import steps
from studio.ui.pages.ladder.fine_tune_vm import LEVELS, PLACES, FineTunePage, OptionRow, Spread
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
COLUMNS = ("Where", "Method", "Memory", "Time", "To train", "To serve, a month", "Ends", "")


class FineTuneView:
    """Draws the step; every decision is the view models'."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        services, project = frame.services, frame.project_id
        self.forms = {
            rung: RungForm(services=services, project_id=project, rung=rung) for rung in ARMS
        }
        self.views = {
            rung: RungFormView(form, frame, self.started, self.model_changed)
            for rung, form in self.forms.items()
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
        self.note_pilot()

    def draw(self) -> None:
        """Readiness, options, pilot, the measuring of tuned models, runs."""
        self.draw_readiness()
        self.draw_options()
        self.training = Stack(0)
        self.show_training()
        with Card(
            "Pilot and measurement",
            subtitle="Choose a base model to tune a pilot from it on this machine: it costs no "
            "money, goes on when you leave, and is measured by itself. Or measure a tuned model.",
            marker="tune-pilot",
        ):
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
            self.options = Stack(8)
            with self.options:
                Text("Working out what it would take …", "muted")
        # It may take seconds: the rest of the page does not wait for it.
        Debounce(0.05, self.model_changed).poke()

    def show_options(self) -> None:
        """One table for each place; the long ones are folded."""
        self.options.clear()
        with self.options:
            if self.page.options_problem:
                Callout(self.page.options_problem, "warning")
            for place, rows in self.page.rows().items():
                if place == "here":
                    self.draw_table(PLACES[place], rows)
                    continue
                count = figures.many(len(rows), "way")
                with Expander(PLACES[place], hint=count, marker=f"tune-{place}"):
                    self.draw_table(PLACES[place], rows)

    def draw_table(self, place: str, rows: list[OptionRow]) -> None:
        """Ways to tune at one place, and what blocks them."""
        DataTable(
            [column for column in COLUMNS if column != "Memory" or rows[0].place != "hosted"],
            [cells(row) for row in rows],
            caption=f"Ways to fine-tune: {place.lower()}",
            marker="tune-option-table",
        )
        noted = [row for row in rows if row.notes]
        for text in dict.fromkeys(
            f"{row.where}, {row.method}: {' '.join(row.notes)}" for row in noted
        ):
            Text(text, "small")

    async def model_changed(self) -> None:
        """Works the options out for another model."""
        if await slow(self.page.load_options) and not self.options.is_deleted:
            self.show_options()

    def show_training(self) -> None:
        """How far a training is, or why the last one failed."""
        self.training.clear()
        job, failed = self.page.active, self.page.last_failed
        with self.training:
            if job is not None:
                with Card("Training", marker="tune-training"):
                    share = job.step / job.total_steps if job.total_steps else None
                    ProgressRow(
                        f"{job.name} · {steps(job) or 'starting'}",
                        percent=None if share is None else 100 * share,
                        eta_seconds=job.eta_seconds,
                        marker="tune-training-progress",
                    )
                    Link("Watch it, or stop it", f"/jobs/{job.id}", marker="tune-training-open")
            elif failed is not None:
                callout = Callout(failed.message, "bad", title=f"{failed.name} failed")
                with callout.words:
                    Link("See why", f"/jobs/{failed.id}")

    async def started(self) -> None:
        """Shows the pilot or the run that has just begun."""
        await self.reload_jobs()
        await self.frame.refresh()

    async def reload_jobs(self) -> None:
        """Reads the trainings again."""
        if await done(self.page.load_jobs) and not self.training.is_deleted:
            self.note_pilot()
            self.show_training()

    def note_pilot(self) -> None:
        """Takes over why no pilot can be started."""
        for form in self.forms.values():
            form.pilot_problem = self.page.cannot_pilot

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


def cells(row: OptionRow) -> list[Cell]:
    """One way to tune as a row; what memory a provider takes is the provider's business."""
    memory: list[Cell] = [partial(draw_spread, Spread(row.memory, row.memory_verdict))]
    return [
        partial(draw_spread, Spread(row.where)),
        row.method,
        *(memory if row.place != "hosted" else ()),
        partial(draw_spread, row.duration),
        partial(draw_spread, row.training),
        partial(draw_spread, row.serving),
        partial(draw_spread, Spread(row.ends)),
        partial(Badge, row.state, row.tone),
    ]


def draw_spread(figure: Spread) -> None:
    """A figure above its ends."""
    with Stack(0):
        Text(figure.middle).classes("ls-figures")
        if figure.ends:
            Text(figure.ends, "small").classes("ls-figures")
