"""What only people can say, asked where the wizard needs it, each with the reason."""

from __future__ import annotations

from typing import Any, Literal

from studio.core.ladder.readiness import TASKS
from studio.domain.advice import Question


def _yes_no(step: str, fact: str, text: str, why: str, default: bool | None) -> Question:
    return Question(fact=fact, text=text, why=why, kind="yes_no", default=default, step=step)


def _number(
    step: str,
    fact: str,
    text: str,
    why: str,
    default: Any,
    kind: Literal["number", "share"] = "number",
) -> Question:
    return Question(fact=fact, text=text, why=why, kind=kind, default=default, step=step)


QUESTIONS: tuple[Question, ...] = (
    Question(
        fact="task_type",
        text="What kind of task is it?",
        why="Some tasks large models do well untuned, and each kind needs its own amount of data.",
        kind="choice",
        default="other",
        choices=TASKS,
        step="charter",
    ),
    _yes_no(
        "charter",
        "private_format",
        "Do answers follow a format, tone or vocabulary that only you use?",
        "What nobody else uses, no model has seen; what everybody uses needs no tuning.",
        False,
    ),
    _yes_no(
        "charter",
        "label_owner",
        "Is there one person who decides what a right answer is?",
        "Examples that contradict each other teach nothing.",
        True,
    ),
    _yes_no(
        "charter",
        "pii_in_data",
        "Does the data hold personal data?",
        "Personal data may have to stay on your own machines.",
        True,
    ),
    _yes_no(
        "charter",
        "export_allowed",
        "May the data leave your own machines?",
        "If not, hosted providers are left out.",
        False,
    ),
    _number(
        "evidence",
        "unseen_share",
        "Which share of real requests looks like none of the examples?",
        "A tuned model is weak on what it has never seen.",
        0.1,
        "share",
    ),
    _yes_no(
        "few-shot",
        "prompting_plateaued",
        "Has further work on the prompt stopped helping?",
        "Fine-tuning is worth its price only once prompting has been used up.",
        False,
    ),
    _yes_no(
        "few-shot",
        "larger_passes",
        "Does a larger model, only prompted, reach the target?",
        "Then a small model can be taught by its answers.",
        False,
    ),
    _number(
        "rag",
        "fact_change_days",
        "After how many days is a typical fact out of date?",
        "Facts that change must be looked up; training comes too late.",
        365,
    ),
    _number(
        "rag",
        "retrain_cycle_days",
        "How many days would lie between two trainings?",
        "A fact that changes sooner would be wrong until the next one.",
        90,
    ),
    _number(
        "rag",
        "kb_tokens",
        "How many tokens do the documents have together? A page has about 400.",
        "Few documents fit into the prompt whole; many have to be searched.",
        200_000,
    ),
    _yes_no(
        "rag",
        "needs_citation",
        "Must every answer name its source?",
        "Only a text that was looked up can be quoted.",
        False,
    ),
    _yes_no(
        "rag",
        "fact_injection_wanted",
        "Shall the model know facts by heart, without looking them up?",
        "That is what fine-tuning does worst; it takes special care.",
        False,
    ),
    _yes_no(
        "rag",
        "retrieval_possible",
        "Can documents be looked up while the model answers?",
        "On a device without a connection there may be nothing to search.",
        True,
    ),
    _number(
        "fine-tune",
        "n_pairs",
        "How many pairs of a better and a worse answer do you have?",
        "Enough of them allow a second tuning on preferences.",
        0,
    ),
    _number(
        "fine-tune",
        "n_unpaired",
        "How many answers with a thumb up or down do you have?",
        "Enough of them allow tuning on thumbs alone.",
        0,
    ),
    _yes_no(
        "fine-tune",
        "sft_done",
        "Is there already a model tuned on examples of this task?",
        "Tuning on preferences builds on one.",
        False,
    ),
    _yes_no(
        "fine-tune",
        "verifiable_reward",
        "Can a program check whether an answer is right?",
        "Then a model can learn from trying, not only from imitating.",
        False,
    ),
    _yes_no(
        "fine-tune",
        "many_solution_paths",
        "Can a right answer be reached in many ways?",
        "Where there is one way only, imitating it is simpler.",
        False,
    ),
    _yes_no(
        "fine-tune",
        "logs_exist",
        "Are real requests logged, and may they be used?",
        "They are what a small model is best taught with.",
        False,
    ),
    _yes_no(
        "fine-tune",
        "licence_ok",
        "Do the licences of model and data allow this use, training on answers included?",
        "Some providers forbid training on what their models write.",
        False,
    ),
    _yes_no(
        "fine-tune",
        "pretraining_requested",
        "Does anybody ask for pre-training on a body of text?",
        "It is stopped unless text, language and budget are exceptional.",
        False,
    ),
    _number(
        "fine-tune",
        "domain_tokens",
        "How many tokens of domain text are there?",
        "Only asked for pre-training: it needs a billion and more.",
        0,
    ),
    _yes_no(
        "fine-tune",
        "low_resource_language",
        "Is the language rare in public text?",
        "Only asked for pre-training: models know common languages already.",
        False,
    ),
    _number(
        "fine-tune",
        "utilisation",
        "Which share of an own GPU's time would your requests fill?",
        "A GPU that stands idle makes every answer dear.",
        0.3,
        "share",
    ),
)
"""Every question, in the order of the wizard's steps. A default is a suggestion: what nobody
answered stays unknown."""
