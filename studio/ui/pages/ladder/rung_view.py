"""The form that sets one rung up: instructions, template, model, what is special to the rung."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from nicegui import app

from studio.domain.ladder import RungSetup
from studio.ui.act import act
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.expander import Expander
from studio.ui.kit.fields import Field, number_field, select_field, textarea_field
from studio.ui.kit.insert import InsertChips
from studio.ui.kit.layout import Columns, Row, Stack
from studio.ui.kit.notices import Callout, notice
from studio.ui.kit.settle import settle
from studio.ui.kit.text import Text
from studio.ui.pages.ladder.preview_view import PreviewView
from studio.ui.pages.ladder.rung_special import draw_special
from studio.ui.pages.ladder.rung_vm import RungForm

if TYPE_CHECKING:
    from studio.ui.pages.ladder.frame import Frame

WHOLE = {"shots": int, "passages": int, "max_new_tokens": int, "seed": int}


class RungFormView:
    """Draws the form; every decision is the view model's."""

    def __init__(
        self,
        form: RungForm,
        frame: Frame,
        started: Callable[[], Any],
        model_changed: Callable[[], Any] = lambda: None,
    ) -> None:
        self.form, self.frame, self.started = form, frame, started
        self.model_changed = model_changed
        self.fields: dict[str, Field[Any]] = {}
        self._draft = f"draft ladder {form.project_id} {form.rung}"

    def take_up(self) -> None:
        """Takes up what was entered before, on the event loop, before the form reads."""
        kept = app.storage.general.get(self._draft)
        self.form.draft = dict(kept) if isinstance(kept, dict) else {}

    def draw(self) -> None:
        """The form, the preview beside the button, or why there is none."""
        self.place = Stack(16)
        self.redraw()

    def redraw(self) -> None:
        """Draws everything anew from the setup in force."""
        self.place.clear()
        self.fields.clear()
        with self.place:
            setup = self.form.setup
            if setup is None:
                Callout(self.form.problem, "info", marker="rung-problem")
                return
            self.draw_form(setup)
            self.preview = PreviewView(self.form)
            self.draw_start()
        self.check()

    def draw_form(self, setup: RungSetup) -> None:
        """Every field of the setup."""
        with Card("How it is asked", marker="rung-form") as card:
            self.add(
                "model_id",
                select_field(
                    "Model",
                    options=self.form.models,
                    value=setup.model_id,
                    hint="Why we ask: compare models on the same examples before paying for one.",
                    marker="rung-model",
                    on_change=self.model_chosen,
                    searchable=len(self.form.models) > 12,
                ),
            )
            self.leaves = Callout("", "warning", marker="rung-leaves")
            self.add(
                "system",
                textarea_field(
                    "Instructions (system prompt)",
                    value=setup.system,
                    hint="What you would tell a new colleague. Empty: those of the examples.",
                    rows=5,
                    marker="rung-system",
                    on_change=partial(self.changed, "system"),
                ),
            )
            template = textarea_field(
                "Template of the question",
                value=setup.template,
                hint="Words in braces are filled in for each example.",
                rows=2,
                marker="rung-template",
                on_change=partial(self.changed, "template"),
            )
            self.add("template", template)
            InsertChips(template, self.form.variables, label="Insert", marker="rung-insert")
            draw_special(self, setup)
            self.draw_advanced(setup)
        with card.actions:
            Button("Back to the proposal", self.reset, kind="quiet", marker="rung-reset")

    def add(self, name: str, field: Field[Any]) -> None:
        """Keeps a field, so that its errors find it."""
        self.fields[name] = field

    def draw_advanced(self, setup: RungSetup) -> None:
        """How answers are generated."""
        with (
            Expander("Advanced", hint="Length and chance", marker="rung-advanced"),
            Columns(200, gap=16),
        ):
            self.number(
                "max_new_tokens",
                "Longest answer (tokens)",
                setup.decoding.max_new_tokens,
                hint="Proposed: room for the longest expected answer.",
                low=1,
                high=32768,
            )
            self.number(
                "temperature",
                "Temperature",
                setup.decoding.temperature,
                hint="0 always takes the likeliest word, so that runs can be repeated.",
                low=0,
                high=2,
            )
            self.number(
                "seed", "Seed", setup.decoding.seed, hint="For temperatures above 0.", low=0
            )

    def number(
        self,
        name: str,
        title: str,
        value: float,
        *,
        hint: str,
        low: float | None = None,
        high: float | None = None,
    ) -> None:
        """A number of the setup."""
        field = number_field(
            title,
            value=value,
            hint=hint,
            min=low,
            max=high,
            marker=f"rung-{name.replace('_', '-')}",
            on_change=partial(self.changed, name),
        )
        self.add(name, field)

    def draw_start(self) -> None:
        """The one button, and why it cannot be pressed."""
        with Row(12):
            self.button = Button(
                self.form.primary_label,
                self.start,
                kind="primary",
                icon="play_arrow",
                marker="rung-start",
            )
            self.why_not = Text("", "small", marker="rung-why-not")

    def changed(self, name: str, value: Any) -> None:
        """Takes an entry, keeps the draft, and shows what it leads to."""
        if name in WHOLE or name == "temperature":
            if value is None:
                self.fields[name].set_error("Give a number.")
                return
            value = WHOLE.get(name, float)(value)
        problem = self.form.change(name, value if value is not None else "")
        if name in self.fields:
            self.fields[name].set_error(problem)
        if not problem:
            self.keep()
        self.check()

    def keep(self) -> None:
        """Keeps the draft for a reload or a restart."""
        app.storage.general[self._draft] = dict(self.form.draft)
        self.frame.shell.saved()

    async def model_chosen(self, model_id: str | None) -> None:
        """Takes another model; what is proposed may differ with it."""
        if not model_id:
            return
        self.form.draft["model_id"] = model_id
        self.keep()
        await act(self.form.propose)
        self.redraw()
        await settle(self.model_changed())

    async def reset(self) -> None:
        """Forgets the draft."""
        self.form.draft = {}
        self.keep()
        await act(self.form.reset)
        self.redraw()

    def check(self) -> None:
        """Shows what is wrong, where questions go, and whether Measure can be pressed."""
        form = self.form
        if form.setup is None:
            return
        self.fields["template"].set_error(form.template_problem)
        self.leaves.set_text(form.host_notice)
        self.leaves.set_visibility(bool(form.host_notice))
        why_not = form.cannot_start
        self.button.set_text(form.primary_label)
        self.button.set_enabled(not why_not)
        self.why_not.set_text(why_not)
        self.preview.stale()

    async def start(self) -> None:
        """Measures the setup; a second press meanwhile starts nothing twice."""
        self.button.busy(True)
        begun = self.form.begun
        run = await act(self.form.start)
        self.button.busy(False)
        self.check()
        if run is None:
            return
        self.frame.shell.saved()
        notice(begun, "good")
        await settle(self.started())
