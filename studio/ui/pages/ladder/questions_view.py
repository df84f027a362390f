"""A step's questions with why we ask; answers are kept as one goes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from studio.domain.advice import Question
from studio.ui.kit.card import Card
from studio.ui.kit.choice import Segments
from studio.ui.kit.fields import number_field, select_field
from studio.ui.kit.layout import Columns, Stack
from studio.ui.kit.text import Text
from studio.ui.pages.autosave import Autosave
from studio.ui.pages.ladder.questions_vm import StepQuestions

if TYPE_CHECKING:
    from studio.ui.pages.ladder.frame import Frame

FEW = 4
"""Options that have room beside each other."""


class QuestionsView:
    """Draws the card, if the step asks anything."""

    def __init__(self, questions: StepQuestions, frame: Frame) -> None:
        self.questions, self.frame = questions, frame
        self.waiting: dict[str, tuple[Question, Any]] = {}
        if not questions.questions:
            return
        self.later = Autosave(self.keep, self.kept)
        with (
            Card(
                "What only people know",
                subtitle="The rules look at these answers. Leave open what nobody knows.",
                marker="ladder-questions",
            ),
            Columns(260, gap=20),
        ):
            for question in questions.questions:
                self.draw_question(question)

    def draw_question(self, question: Question) -> None:
        """One question by its kind."""
        marker = f"question-{question.fact.replace('_', '-')}"
        value, hint = self.questions.shown(question), self.questions.hint(question)
        changed = partial(self.changed, question)
        options = self.questions.options(question)
        if question.kind in ("number", "share"):
            number_field(
                question.text,
                value=value,
                hint=hint,
                suffix="%" if question.kind == "share" else "",
                min=0,
                max=100 if question.kind == "share" else None,
                marker=marker,
                on_change=changed,
            )
        elif question.kind == "choice" and len(options) > FEW:
            select_field(
                question.text,
                options=options,
                value=value,
                hint=hint,
                marker=marker,
                on_change=changed,
            )
        else:
            with Stack(4):
                Text(question.text).classes("ls-field-label")
                Segments(question.text, options, value=value, on_change=changed, marker=marker)
                Text(hint, "small")

    def changed(self, question: Question, value: Any) -> None:
        """Takes an answer and keeps it once things are quiet."""
        self.waiting[question.fact] = (question, value)
        self.later.poke()

    def keep(self) -> bool:
        """Keeps what was answered, off the event loop."""
        waiting, self.waiting = self.waiting, {}
        for question, value in waiting.values():
            self.questions.answer(question, value)
        return True

    async def kept(self, _: bool) -> None:
        """Shows what the answers changed."""
        self.frame.shell.saved()
        await self.frame.refresh()
