"""The questions that a step asks a person, and their answers; unknown is an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from studio.domain.advice import Facts, Question
from studio.ui.pages.ladder.steps import Step, step_named

if TYPE_CHECKING:
    from studio.services.container import Services

UNKNOWN = "unknown"


@dataclass(kw_only=True)
class StepQuestions:
    """Questions of one step."""

    services: Services
    project_id: str
    step: Step
    questions: tuple[Question, ...] = ()
    answers: Facts | None = None

    def load(self) -> None:
        """Reads questions and answers."""
        ladder = self.services.ladder
        self.questions = tuple(one for one in ladder.questions() if step_for(one) is self.step)
        self.answers = ladder.answers(self.project_id)

    def shown(self, question: Question) -> Any:
        """The answer as the form shows it."""
        value = getattr(self.answers, question.fact, None)
        if question.kind == "yes_no":
            return UNKNOWN if value is None else ("yes" if value else "no")
        if question.kind == "choice":
            return UNKNOWN if value is None else value
        if question.kind == "share" and value is not None:
            return round(100 * value, 4)
        return value

    def options(self, question: Question) -> dict[Any, str]:
        """What can be chosen, unknown included."""
        if question.kind == "yes_no":
            return {"yes": "Yes", "no": "No", UNKNOWN: "Unknown"}
        return {**dict(question.choices), UNKNOWN: "Unknown"}

    def hint(self, question: Question) -> str:
        """Why we ask, and what is assumed without an answer."""
        if question.default is None:
            return f"{question.why} Unknown is fine."
        return f"{question.why} Default: {self._words(question, question.default)}."

    def answer(self, question: Question, given: Any) -> None:
        """Keeps one answer; unknown clears it."""
        value = parsed(question, given)
        self.answers = self.services.ladder.answer(self.project_id, question.fact, value)

    def _words(self, question: Question, value: Any) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        if question.kind == "share":
            return f"{100 * value:g} %"
        if isinstance(value, int | float):
            return f"{value:,}"
        return str(self.options(question).get(value, value))


def step_for(question: Question) -> Step:
    """Returns where a question is asked; one of an unknown step belongs to the charter."""
    return step_named(question.step) or Step.CHARTER


def parsed(question: Question, given: Any) -> Any:
    """Returns the fact's value that an entry stands for; None is unknown."""
    if given in (None, "", UNKNOWN):
        return None
    if question.kind == "yes_no":
        return given == "yes"
    if question.kind == "share":
        return float(given) / 100
    if question.kind == "number":
        number = float(given)
        return int(number) if number.is_integer() else number
    return given
