"""The advanced form: one control for each hyperparameter, with its sentence and its check."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from studio.ui.kit.fields import Field, select_field, text_field
from studio.ui.kit.layout import Columns
from studio.ui.pages.fine_tune.fields import HyperparameterField, hyperparameter_fields
from studio.ui.pages.fine_tune.vm import FineTuneForm


class AdvancedView:
    """Made from the fields of Hyperparameters: a new one appears here by itself."""

    def __init__(self, form: FineTuneForm, changed: Callable[[], Any]) -> None:
        self.form, self._changed = form, changed
        self._controls: dict[str, tuple[HyperparameterField, Field[Any]]] = {}
        self._showing = True
        with Columns(240, gap=16):
            for shown in hyperparameter_fields():
                self._controls[shown.name] = (shown, self._draw(shown))
        self.show()

    def show(self) -> None:
        """Shows the values in force; what the user did not set follows the dial."""
        self._showing = True
        for shown, control in self._controls.values():
            value = self.form.value_of(shown.name)
            text = value if shown.kind == "choice" else _text(value)
            if control.value != text:
                control.value = text
            self._judge(shown, control)
        self._showing = False

    def _draw(self, shown: HyperparameterField) -> Field[Any]:
        marker = f"tune-{shown.name.replace('_', '-')}"
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
        self._judge(shown, self._controls[shown.name][1])
        self._changed()

    def _judge(self, shown: HyperparameterField, control: Field[Any]) -> None:
        problem = shown.problem(self.form.value_of(shown.name))
        control.set_error(problem or None)
        advice = _text(getattr(self.form.recommended, shown.name))
        own = shown.name in self.form.overrides
        control.set_hint(f"{shown.sentence} The dial says {advice}." if own else shown.sentence)


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
