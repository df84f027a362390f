"""Where the run is to be, and the model it starts from there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from studio.ui.kit.choice import Choice, ChoiceCards
from studio.ui.kit.fields import Field, select_field
from studio.ui.kit.layout import Stack
from studio.ui.kit.link import Link
from studio.ui.kit.text import Text
from studio.ui.pages.fine_tune.vm import FineTuneForm


class WhereView(Stack):
    """Redraws the models when the place is another."""

    def __init__(self, form: FineTuneForm, chosen: Callable[..., Any]) -> None:
        """`chosen(**choices)` takes what the user chose."""
        super().__init__(12)
        self.form, self._chosen = form, chosen
        with self:
            Text("Where", "strong")
            self.cards = ChoiceCards(
                "Where",
                [Choice(value=p.backend, title=p.title, text=p.sentence) for p in form.places],
                value=form.backend,
                on_change=lambda backend: chosen(backend=backend),
                marker="tune-place",
            )
            if len(form.places) == 1:
                Link("Tune at a provider, or on another machine", "/settings", marker="tune-add")
            self.model: Field[Any] = select_field(
                "Start from",
                options=form.place.models,
                value=form.base_model,
                hint=form.model_facts,
                marker="tune-model",
                on_change=self._model_chosen,
            )

    def show(self) -> None:
        """Shows the place that is chosen, and its models."""
        self.cards.set_value(self.form.backend)
        if self.model.control.options != self.form.place.models:  # type: ignore[attr-defined]
            self.model.set_options(self.form.place.models, value=self.form.base_model)
        self.model.set_hint(self.form.model_facts)

    def _model_chosen(self, model: str | None) -> None:
        # Giving the list other options chooses as well; that is no choice of the user's.
        if model is not None and model != self.form.base_model:
            self._chosen(base_model=model)
