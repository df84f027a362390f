"""What only some rungs ask: solved examples to show, documents and passages to give."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from studio.domain.ladder import Rung, RungSetup
from studio.ui.kit.choice import Segments
from studio.ui.kit.fields import select_field
from studio.ui.kit.layout import Columns, Stack
from studio.ui.kit.text import Text
from studio.ui.pages.ladder.rung_vm import RETRIEVING, SEARCHING
from studio.ui.pages.ladder.words import MODES

if TYPE_CHECKING:
    from studio.ui.pages.ladder.rung_view import RungFormView

SHOTS = {"fixed": "Always the same", "nearest": "Most alike"}


def draw_special(view: RungFormView, setup: RungSetup) -> None:
    """What only this kind of rung has."""
    if view.form.rung is Rung.FEW_SHOT:
        draw_shots(view, setup)
    if view.form.rung in RETRIEVING:
        draw_documents(view, setup)


def draw_shots(view: RungFormView, setup: RungSetup) -> None:
    """How many solved examples, and which."""
    with Columns(240, gap=16):
        view.number(
            "shots",
            "Solved examples shown",
            setup.shots,
            hint="From the training split only. Three to eight is usual; each costs tokens.",
            low=1,
            high=64,
        )
        with Stack(4):
            Text("Which ones").classes("ls-field-label")
            Segments(
                "Which examples",
                SHOTS,
                value=setup.shot_choice,
                on_change=partial(view.changed, "shot_choice"),
                marker="rung-shot-choice",
            )
            Text(
                "Most alike: those whose questions are closest in meaning, anew for each.", "small"
            )


def draw_documents(view: RungFormView, setup: RungSetup) -> None:
    """Which documents, how many passages, how they are found."""
    with Columns(240, gap=16):
        if len(view.form.corpora) > 1:
            view.add(
                "corpus_id",
                select_field(
                    "Documents",
                    options={one.id: one.name for one in view.form.corpora},
                    value=setup.corpus_id,
                    marker="rung-corpus",
                    on_change=partial(view.changed, "corpus_id"),
                ),
            )
        if view.form.rung not in SEARCHING:
            return
        view.number(
            "passages",
            "Passages for each question",
            setup.passages,
            hint="More find more and cost more.",
            low=1,
            high=64,
        )
        with Stack(4):
            Text("How passages are found").classes("ls-field-label")
            Segments(
                "How passages are found",
                {mode: words.title for mode, words in MODES.items()},
                value=setup.mode,
                on_change=partial(view.changed, "mode"),
                marker="rung-mode",
            )
            Text(MODES[setup.mode].sentence, "small")
