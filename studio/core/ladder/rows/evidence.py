"""Rules on evidence: is there a measure, are there enough examples, and does prompting suffice?"""

from __future__ import annotations

from studio.core.ladder.conditions import Compare, Is, Known, OneOf
from studio.core.ladder.resolution import SIZES, half_width
from studio.core.ladder.rule import Rule
from studio.domain.advice import Basis, Facts, Outcome
from studio.domain.ladder import Rung
from studio.domain.thresholds import Thresholds

ADVANCED = (Rung.LONG_CONTEXT, Rung.RAG, Rung.FINE_TUNE, Rung.RAG_FINE_TUNE)
"""Everything beyond prompting."""
GENERIC = ("general_summary", "translation", "general_chat", "general_code")
"""Tasks that large general models do well; see `core.ladder.readiness` for all kinds."""

_ACCURACY = "OpenAI, optimising LLM accuracy"
_TUNING = "OpenAI, supervised fine-tuning guide"
_WIDTHS = ", ".join(f"{100 * half_width(n):.1f} at {n}" for n in SIZES)


def _examples_missing(facts: Facts, thresholds: Thresholds) -> str:
    missing = thresholds.min_examples - (facts.eval_n or 0)
    return f"{facts.eval_n} so far: {missing} more are needed."


def _width(facts: Facts, thresholds: Thresholds) -> str:
    n = facts.eval_n or 0
    return f"{n:,} examples tell a score of 80 % to within ±{100 * half_width(n):.1f} points."


def _labels_missing(facts: Facts, thresholds: Thresholds) -> str:
    missing = thresholds.failures_to_label - (facts.n_failures_labelled or 0)
    return f"{missing} more failures to label."


RULES: tuple[Rule, ...] = (
    Rule(
        id="B1",
        applies=Is("metric_defined", False),
        outcome=Outcome.BLOCK,
        effect="Agree first on what counts as a right answer.",
        names=ADVANCED,
        because="Without a measure nothing can be compared.",
        source=_TUNING,
        basis=Basis.SECONDARY,
    ),
    Rule(
        id="B2",
        applies=Compare("eval_n", "<", "min_examples"),
        outcome=Outcome.BLOCK,
        effect="Build the evaluation suite first: at least {min_examples} examples.",
        names=ADVANCED,
        because="Twenty and more cases have to be looked at before advanced methods make sense.",
        source=_ACCURACY,
        basis=Basis.SECONDARY,
        here=_examples_missing,
    ),
    Rule(
        id="W2",
        applies=Compare("eval_n", ">=", "min_examples") & Compare("eval_n", "<", "few_examples"),
        outcome=Outcome.WARN,
        effect="Read every score with its interval. Half its width at a score of 80 %, in points: "
        f"{_WIDTHS}.",
        because="A small suite cannot show a small gain.",
        source="the binomial distribution",
        basis=Basis.JUDGEMENT,
        here=_width,
    ),
    Rule(
        id="B3",
        applies=Known("baseline_score", False) | Is("fewshot_tried", False),
        outcome=Outcome.RECOMMEND,
        effect="Measure prompting first, then prompting with solved examples.",
        names=(Rung.PROMPT, Rung.FEW_SHOT),
        because="It is the cheapest step, and often enough.",
        source="OpenAI, optimising LLM accuracy; Meta, adapting large language models (2024)",
        basis=Basis.SECONDARY,
    ),
    Rule(
        id="P1",
        applies=Compare("baseline_score", ">=", "target_score"),
        outcome=Outcome.RECOMMEND,
        effect="Stay with prompting and stop here.",
        names=(Rung.PROMPT, Rung.FEW_SHOT),
        because="The target is met already.",
        source=_ACCURACY,
        basis=Basis.SECONDARY,
    ),
    Rule(
        id="P2",
        applies=OneOf("task_type", GENERIC) & Is("private_format", False),
        outcome=Outcome.RECOMMEND,
        effect="Stay with prompting: the task is a generic one.",
        names=(Rung.PROMPT, Rung.FEW_SHOT),
        because="Small fine-tunes lose to large general models at such tasks.",
        source="OpenAI, optimising LLM accuracy; LoRA Land (2024), table 12 recomputed",
        basis=Basis.SECONDARY,
    ),
    Rule(
        id="D0",
        applies=Compare("n_failures_labelled", "<", "failures_to_label"),
        outcome=Outcome.RECOMMEND,
        effect="Label at least {failures_to_label} failures as lack of knowledge, behaviour or "
        "ability.",
        because="How failures divide decides which rung can help at all.",
        source=_ACCURACY,
        basis=Basis.SECONDARY,
        here=_labels_missing,
    ),
)
