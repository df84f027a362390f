"""The eight steps of the ladder: address, title, purpose, and the states a step can be in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from studio.domain.ladder import Rung

PATH = "/ladder"


class Step(StrEnum):
    """A step by the last part of its address, in the order in which they are taken."""

    CHARTER = "charter"
    EVIDENCE = "evidence"
    PROMPT = "prompt"
    FEW_SHOT = "few-shot"
    FAILURES = "failures"
    RAG = "rag"
    FINE_TUNE = "fine-tune"
    VERDICT = "verdict"


class StepWords(NamedTuple):
    """What a step is called and what it is for."""

    title: str
    heading: str
    """Title of its page."""
    purpose: str
    rungs: tuple[Rung, ...] = ()
    """Rungs that are measured there."""
    also: str = ""
    """What people call it too; the palette finds it by these words."""


STEPS: dict[Step, StepWords] = {
    Step.CHARTER: StepWords(
        "Charter",
        "Charter",
        "What the client wants, what it is worth, and what must not happen.",
        also="client goal constraints sign-off",
    ),
    Step.EVIDENCE: StepWords(
        "Evidence",
        "Evidence",
        "The examples every rung is measured on, and how small a difference they can show.",
        also="suite examples test set",
    ),
    Step.PROMPT: StepWords(
        "Prompt",
        "Prompt",
        "How far good instructions alone take a model. The cheapest rung, and often enough.",
        (Rung.PROMPT,),
        also="prompting system instructions",
    ),
    Step.FEW_SHOT: StepWords(
        "Few-shot",
        "Few-shot",
        "The same model with a few solved examples in front of every question.",
        (Rung.FEW_SHOT,),
        also="fewshot solved examples",
    ),
    Step.FAILURES: StepWords(
        "Failures",
        "Failures",
        "Why answers are wrong decides which rung can help, so look at twenty of them.",
        also="wrong answers errors label triage sort",
    ),
    Step.RAG: StepWords(
        "RAG",
        "Retrieval (RAG)",
        "Passages from the client's own documents go with every question.",
        (Rung.RAG, Rung.LONG_CONTEXT),
        also="documents search passages long context gold",
    ),
    Step.FINE_TUNE: StepWords(
        "Fine-tune",
        "Fine-tuning",
        "A model that has learnt from the client's examples: the dearest rung to build and keep.",
        (Rung.FINE_TUNE, Rung.RAG_FINE_TUNE),
        also="finetune training pilot lora",
    ),
    Step.VERDICT: StepWords(
        "Verdict",
        "Verdict",
        "How far up to go, why, and what would change that.",
        also="decision result rules thresholds checklists report",
    ),
}


class StepKind(StrEnum):
    """How far a step is."""

    NOT_BEGUN = "not_begun"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    MEASURED = "measured"
    DONE = "done"


KIND_WORDS: dict[StepKind, str] = {
    StepKind.NOT_BEGUN: "Not begun",
    StepKind.IN_PROGRESS: "In progress",
    StepKind.BLOCKED: "Blocked",
    StepKind.MEASURED: "Measured",
    StepKind.DONE: "Done",
}


@dataclass(frozen=True, kw_only=True)
class StepState:
    """How far a step is, and the few words that say more."""

    kind: StepKind = StepKind.NOT_BEGUN
    detail: str = ""
    """For example `41.2 %`, or the rule that blocks."""

    @property
    def words(self) -> str:
        """State and detail as one line."""
        state = KIND_WORDS[self.kind]
        return f"{state} · {self.detail}" if self.detail else state


def step_path(step: Step) -> str:
    """Returns the address of a step."""
    return f"{PATH}/{step}"


def step_named(name: str) -> Step | None:
    """Returns the step that a word means, `few_shot` like `few-shot`; None when there is none."""
    wanted = name.strip().lower().replace("_", "-").replace(" ", "-")
    return next((step for step in Step if step == wanted), None)


def step_of_rung(rung: Rung) -> Step:
    """Returns the step in which a rung is measured."""
    return next((step for step, words in STEPS.items() if rung in words.rungs), Step.VERDICT)


def neighbours(step: Step) -> tuple[Step | None, Step | None]:
    """Returns the step before and the step after."""
    order = list(Step)
    at = order.index(step)
    before = order[at - 1] if at else None
    after = order[at + 1] if at + 1 < len(order) else None
    return before, after
