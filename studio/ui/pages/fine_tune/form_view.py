"""The fine-tune form: data, model, method, one dial, a name; what it will take stands beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nicegui import app

from studio.domain.training import Effort
from studio.ui.act import act, done, slow
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.debounce import Debounce
from studio.ui.kit.empty_state import EmptyState
from studio.ui.kit.expander import Expander
from studio.ui.kit.fields import select_field, text_field
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.page_header import PageHeader
from studio.ui.kit.sides import Sides
from studio.ui.kit.text import Text
from studio.ui.kit.undo import undo_notice
from studio.ui.pages import figures
from studio.ui.pages.fine_tune.advanced_view import AdvancedView
from studio.ui.pages.fine_tune.drafts import draft, restore
from studio.ui.pages.fine_tune.how_view import HowView
from studio.ui.pages.fine_tune.places_vm import LOCAL
from studio.ui.pages.fine_tune.plan_view import PlanView
from studio.ui.pages.fine_tune.vm import FineTuneForm
from studio.ui.pages.fine_tune.where_view import WhereView
from studio.ui.pages.loaded import Loaded

if TYPE_CHECKING:
    from studio.ui.shell import Shell


class FormView:
    """Draws the form; every decision is the view model's."""

    def __init__(self, form: FineTuneForm, shell: Shell) -> None:
        self.form, self.shell = form, shell
        self.starting = False
        self._draft = f"draft fine-tune {shell.project_id}"

    async def show(self) -> None:
        """Takes up the draft, reads what can be chosen, then draws."""
        restore(self.form, app.storage.user.get(self._draft, {}))
        asked_for = self.shell.query
        self.form.version_id = asked_for.get("dataset_version_id") or self.form.version_id
        self.form.backend = asked_for.get("backend") or self.form.backend
        if asked_for.get("name"):
            self.form.name, self.form.named_by_user = asked_for["name"], True
        with PageHeader(
            "New fine-tune",
            "Teaches a model your answers. Nothing starts before you press Start.",
            back=("Fine-tune", "/fine-tune"),
        ):
            pass
        self.loaded = Loaded(self.form.load, self.draw, gap=16)
        await self.loaded.show()

    async def draw(self) -> None:
        """The form, or what is missing before there can be one."""
        form = self.form
        if not form.versions:
            EmptyState(
                "First, some examples",
                "A model is tuned on questions with the answers you want.",
                ("Import a file", "/datasets?import=1"),
                icon="dataset",
                marker="tune-no-data",
            )
            return
        if not form.anything_to_tune:
            EmptyState(
                "First, a model to start from",
                "Fetch the starter model or add a folder of your own.",
                ("Open models", "/models"),
                icon="deployed_code",
                marker="tune-no-model",
            )
            return
        self.replan = Debounce(0.5, self.plan_again)
        self.rerecommend = Debounce(0.05, self.recommend_again)
        sides = Sides()
        with sides.main:
            self.draw_basics()
            self.draw_advanced()
        with sides.aside, Card("What it will take", marker="tune-plan"):
            self.plan = PlanView(form, self.leave_out, self.agreed, self.priced)
            self.draw_start()
        self.changed()

    def draw_basics(self) -> None:
        """Data, place, model, dial, method and name."""
        form = self.form
        with Card("Learn what, from where"):
            self.version = select_field(
                "Examples",
                options=form.versions,
                value=form.version_id,
                hint="The training split is learnt; validation decides when to stop.",
                marker="tune-version",
                on_change=lambda value: self.chosen(version_id=value or ""),
                searchable=len(form.versions) > 12,
            )
            self.where = WhereView(form, self.chosen)
        self.how = HowView(form, self.chosen, self.turned)
        with Card("Call it"):
            self.name = text_field(
                "Name of the tuned model",
                value=form.name,
                hint="Shown wherever the model can be chosen.",
                marker="tune-name",
                on_change=self.named,
            )

    def draw_advanced(self) -> None:
        """Every hyperparameter; open when the user has set one."""
        with (
            Card(),
            Expander(
                "Advanced",
                hint="Epochs, learning rate, adapter size and everything else",
                open=bool(self.form.overrides),
                marker="tune-advanced",
            ),
        ):
            with Row(8, spread=True):
                Text("Each value is the dial's until you change it.", "small")
                Button(
                    "Back to the dial's values",
                    self.forget_overrides,
                    kind="quiet",
                    marker="tune-reset",
                )
            self.advanced = AdvancedView(self.form, self.changed)

    def draw_start(self) -> None:
        """The one button, and why it cannot be pressed."""
        with Stack(6):
            self.start_button = Button(
                "Start fine-tuning",
                self.start,
                kind="primary",
                icon="play_arrow",
                marker="tune-start",
            )
            self.why_not = Text("", "small", marker="tune-why-not")
            self.here = Button(
                "Train on this machine instead",
                self.train_here,
                icon="computer",
                marker="tune-here",
                tip="Keeps the examples and the name; nothing is sent.",
            )

    def chosen(self, **choices: Any) -> None:
        """Takes a choice that changes what the dial recommends."""
        self.form.choose(**choices)
        if {"version_id", "backend", "objective"} & set(choices):
            self.how.show()
            self.advanced.redraw()
        self.where.show()
        self.rerecommend.poke()

    def turned(self, dial: Effort | None) -> None:
        """Takes another position of the dial; None leaves what it sets to the server."""
        self.form.turn(dial)
        self.rerecommend.poke()

    def train_here(self) -> None:
        """Moves the run to this machine."""
        self.chosen(backend=LOCAL)

    async def priced(self) -> None:
        """Works the plan out with a price that was put in or taken back."""
        self.shell.saved()
        if await done(self.form.read_places):
            self.where.show()
        self.changed()

    def agreed(self, yes: bool) -> None:
        """Takes the user's word for what is sent."""
        self.form.agree(yes)
        self.show_start()

    async def recommend_again(self) -> None:
        """Shows what the dial says now, then plans."""
        self.where.show()
        if await done(self.form.recommend):
            self.advanced.show()
            if not self.form.named_by_user:
                self.name.value = self.form.name
        self.changed()

    def named(self, value: str) -> None:
        """Takes another name; one that was proposed may change with the data."""
        if value != self.form.name:
            self.form.name, self.form.named_by_user = value or "", bool(value)
            self.changed()

    def changed(self) -> None:
        """Keeps the draft, shows what is wrong, and plans again once things are quiet."""
        app.storage.user[self._draft] = draft(self.form)
        problems = self.form.problems()
        self.name.set_error(problems.get("name"))
        self.version.set_error(problems.get("version"))
        self.where.model.set_error(problems.get("model"))
        self.form.touch()
        self.show_start()
        self.plan.waiting()
        self.replan.poke()

    async def plan_again(self) -> None:
        """Works the plan out off the event loop."""
        edition = self.form.edition
        await slow(self.form.make_plan)
        if edition != self.form.edition:
            return  # Something changed meanwhile, so another plan is on its way.
        self.plan.show()
        self.show_start()

    def show_start(self) -> None:
        """Lets Start be pressed, or says why not."""
        why_not = self.form.cannot_start
        self.start_button.set_enabled(not why_not)
        self.why_not.set_text(why_not)
        self.here.set_visibility(self.form.place.hosted)

    def leave_out(self, example_ids: tuple[str, ...]) -> None:
        """Leaves rows out of this run and plans again."""
        before = self.form.leave_out
        self.form.agree_to_leave_out(example_ids)
        self.changed()

        def back() -> None:
            self.form.leave_out = before
            self.changed()

        undo_notice(f"{figures.many(len(example_ids), 'row')} will stay out of this run.", back)

    def forget_overrides(self) -> None:
        """Returns to what the dial says, with a way back."""
        before = dict(self.form.overrides)
        if not before:
            return

        def put(overrides: dict[str, Any]) -> None:
            self.form.overrides = dict(overrides)
            self.advanced.show()
            self.changed()

        put({})
        undo_notice("Every setting follows the dial again.", lambda: put(before))

    async def start(self) -> None:
        """Starts the run and opens its page; a second press meanwhile starts no second run."""
        if self.starting:
            return
        self.starting = True
        self.start_button.busy(True)
        job = await act(self.form.start)
        self.starting = False
        if job is None:
            self.start_button.busy(False)
            self.show_start()
            return
        app.storage.user.pop(self._draft, None)
        self.shell.saved()
        self.shell.go(f"/jobs/{job.id}")
