"""Which of the two answers is better: the buttons below them, once both are whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.ui.act import act
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.layout import Row
from studio.ui.kit.text import Text
from studio.ui.pages.playground.turns import Taken, Turn
from studio.ui.pages.playground.vm import Playground

if TYPE_CHECKING:
    from studio.ui.shell import Shell

CHOICES: dict[Taken, str] = {
    "a": "A is better",
    "b": "B is better",
    "tie": "Tie",
    "both_bad": "Both bad",
}
STORED: dict[Taken, str] = {
    "a": "Stored: A, the left answer, is better. A deployment's export holds it as a pair.",
    "b": "Stored: B, the right answer, is better. A deployment's export holds it as a pair.",
    "tie": "Stored: a tie, from which nothing is learnt.",
    "both_bad": "Stored: both are bad. A deployment's export holds them as disliked answers.",
}
"""What a choice does; trainings that begin by themselves learn from corrections alone."""


class BetterView:
    """Shown while there are two answers to the same prompt."""

    def __init__(self, page: Playground, shell: Shell) -> None:
        self.page, self.shell = page, shell
        self.shown: tuple[Turn, Turn] | None = None
        with Card(marker="playground-better") as self.card, Row(8):
            Text("Which is better, A on the left or B on the right?", "small")
            for taken, label in CHOICES.items():
                Button(
                    label,
                    lambda taken=taken: self.take(taken),
                    kind="quiet",
                    marker=f"playground-better-{taken}",
                )
            self.told = Text("", "small", marker="playground-better-told")
        self.refresh()

    def refresh(self) -> None:
        """Appears with the second answer, and goes with either."""
        self.shown = self.page.pair
        self.card.set_visibility(self.shown is not None)
        taken = self.shown[0].taken if self.shown else None
        self.told.set_text(STORED[taken] if taken else "")

    async def take(self, taken: Taken) -> None:
        """Stores a choice; choosing again stores another, and the last one counts."""
        with self.card:
            if await act(self.page.prefer, taken) is not None:
                self.shell.saved()
                self.refresh()
