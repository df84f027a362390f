"""How to learn: objective, dial and method, as far as they mean something for data and place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from studio.domain.training import Effort, Method, Objective
from studio.ui.kit.card import Card
from studio.ui.kit.choice import Choice, ChoiceCards
from studio.ui.kit.layout import Stack
from studio.ui.kit.text import Text
from studio.ui.pages.fine_tune.vm import FineTuneForm
from studio.ui.pages.words import EFFORTS, METHODS, OBJECTIVES

THERE = "there"
"""The dial's position in which the server decides."""


class HowView(Stack):
    """Redrawn when data, place or objective are others."""

    def __init__(
        self,
        form: FineTuneForm,
        chosen: Callable[..., Any],
        turned: Callable[[Effort | None], Any],
    ) -> None:
        """`chosen(**choices)` takes choices; `turned(None)` leaves the dial to the server."""
        super().__init__(12)
        self.form, self._chosen, self._turned = form, chosen, turned
        self.show()

    def show(self) -> None:
        """Draws it for what is chosen now."""
        self.clear()
        with self:
            if self.form.version_id in self.form.pairs:
                self._draw_objective()
            with Card("How thorough", subtitle="One dial sets everything under “Advanced”."):
                self._draw_dial()
                if self.form.place.knows_methods:
                    self._draw_method()

    def _draw_objective(self) -> None:
        with Card("Learn in which way"):
            ChoiceCards(
                "Objective",
                [
                    Choice(value=one, title=OBJECTIVES[one].title, text=OBJECTIVES[one].sentence)
                    for one in Objective
                ],
                value=self.form.objective,
                on_change=lambda value: self._chosen(objective=value),
                marker="tune-objective",
            )

    def _draw_dial(self) -> None:
        own = [
            Choice(value=one, title=EFFORTS[one].title, text=EFFORTS[one].sentence)
            for one in Effort
        ]
        if self.form.place.automatic(self.form.objective):
            title, text = "Let the server decide", "It chooses when it has seen your examples."
            own.insert(0, Choice(value=THERE, title=title, text=text))
        ChoiceCards(
            "Effort",
            own,
            value=self.form.dial or THERE,
            on_change=lambda value: self._turned(None if value == THERE else Effort(value)),
            marker="tune-effort",
        )

    def _draw_method(self) -> None:
        Text("Method", "strong")
        ChoiceCards(
            "Method",
            [
                Choice(value=one, title=METHODS[one].title, text=METHODS[one].sentence)
                for one in Method
            ],
            value=self.form.method,
            on_change=lambda value: self._chosen(method=value),
            marker="tune-method",
        )
