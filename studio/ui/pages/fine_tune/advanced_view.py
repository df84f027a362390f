"""The advanced form: one control for each hyperparameter, with its sentence and its check."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from studio.ui.kit.fields import Field, select_field, switch_field, text_field
from studio.ui.kit.layout import Columns, Stack
from studio.ui.pages.fine_tune.fields import HyperparameterField
from studio.ui.pages.fine_tune.vm import FineTuneForm

THERE = "The server decides when it has seen your examples."


class Control(NamedTuple):
    """One hyperparameter as it is drawn."""

    shown: HyperparameterField
    value: Field[Any]
    decides: Field[bool] | None
    """Leaves it to the server; None where that cannot be."""


class AdvancedView(Stack):
    """Made from the fields of Hyperparameters: a new one appears here by itself."""

    def __init__(self, form: FineTuneForm, changed: Callable[[], Any]) -> None:
        super().__init__(0)
        self.form, self._changed = form, changed
        self._controls: list[Control] = []
        self._showing = True
        self.redraw()

    def redraw(self) -> None:
        """Draws what means something where the run is to be."""
        self.clear()
        self._controls = []
        with self, Columns(240, gap=16):
            self._controls = [self._draw(shown) for shown in self.form.fields()]
        self.show()

    def show(self) -> None:
        """Shows the values in force; what the user did not set follows the dial."""
        self._showing = True
        for control in self._controls:
            value = self.form.value_of(control.shown.name)
            text = value if control.shown.kind == "choice" else _text(value)
            if control.value.value != text:
                control.value.value = text
            if control.decides is not None:
                control.decides.value = self.form.decides(control.shown.name)
            self._judge(control)
        self._showing = False

    def _draw(self, shown: HyperparameterField) -> Control:
        marker = f"tune-{shown.name.replace('_', '-')}"
        with Stack(4):
            value = self._field(shown, marker)
            decides = None
            if shown.name in self.form.place.automatic(self.form.objective):
                decides = switch_field(
                    f"Let the server decide the {shown.label.lower()}",
                    value=self.form.decides(shown.name),
                    marker=f"{marker}-there",
                    on_change=partial(self._left, shown),
                )
        return Control(shown, value, decides)

    def _field(self, shown: HyperparameterField, marker: str) -> Field[Any]:
        value = self.form.value_of(shown.name)
        changed = partial(self._edited, shown)
        if shown.kind == "choice":
            return select_field(
                shown.label,
                options={choice: choice for choice in shown.choices},
                value=value,
                hint=shown.sentence,
                marker=marker,
                on_change=changed,
            )
        return text_field(shown.label, value=_text(value), marker=marker, on_change=changed)

    def _edited(self, shown: HyperparameterField, text: Any) -> None:
        if self._showing:
            return
        self.form.set_hyperparameter(shown, text)
        self._judge(next(one for one in self._controls if one.shown == shown))
        self._changed()

    def _left(self, shown: HyperparameterField, yes: bool) -> None:
        if self._showing:
            return
        self.form.let_decide(shown.name, yes)
        self._judge(next(one for one in self._controls if one.shown == shown))
        self._changed()

    def _judge(self, control: Control) -> None:
        shown, field = control.shown, control.value
        decided = self.form.decides(shown.name)
        field.set_enabled(not decided)
        if decided:
            field.set_error(None)
            field.set_hint(THERE)
            return
        problem = self.form.problem(shown, self.form.value_of(shown.name))
        field.set_error(problem or None)
        advice = _text(getattr(self.form.recommended, shown.name))
        own = shown.name in self.form.overrides
        field.set_hint(f"{shown.sentence} The dial says {advice}." if own else shown.sentence)


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
