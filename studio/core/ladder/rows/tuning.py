"""Rules on fine-tuning: is there enough data, is behaviour the gap, and did the pilot gain?"""

from __future__ import annotations

from studio.core.ladder.conditions import Compare, Is
from studio.core.ladder.rule import Rule
from studio.domain.advice import Basis, Facts, Outcome
from studio.domain.ladder import Rung
from studio.domain.thresholds import Thresholds

TUNED = (Rung.FINE_TUNE, Rung.RAG_FINE_TUNE)

_TUNING = "OpenAI, supervised fine-tuning guide"


def _missing(facts: Facts, thresholds: Thresholds) -> str:
    n = facts.n_labelled or 0
    goal = thresholds.api_minimum if n < thresholds.api_minimum else thresholds.effect_examples
    return f"{n:,} examples to train on: {goal - n:,} more reach {goal:,}."


def _gain(facts: Facts, thresholds: Thresholds) -> str:
    low, high = facts.pilot_low, facts.pilot_high
    if low is None or high is None:
        return ""
    return f"The pilot's gain lies between {100 * low:+.1f} and {100 * high:+.1f} points."


def _still_short(facts: Facts, thresholds: Thresholds) -> str:
    short = (facts.target_score or 0) - (facts.pilot_score or 0)
    return f"{_gain(facts, thresholds)} {100 * short:.1f} points short of the target.".strip()


RULES: tuple[Rule, ...] = (
    Rule(
        id="F1",
        applies=Compare("n_labelled", "<", "api_minimum"),
        outcome=Outcome.BLOCK,
        effect="No fine-tuning with fewer than {api_minimum} examples.",
        names=TUNED,
        instead=(Rung.FEW_SHOT,),
        because="That is below the least that a fine-tuning service accepts.",
        source=_TUNING,
        basis=Basis.SECONDARY,
        here=_missing,
    ),
    Rule(
        id="F2",
        applies=Compare("n_labelled", ">=", "api_minimum")
        & Compare("n_labelled", "<", "effect_examples"),
        outcome=Outcome.WARN,
        effect="Red flag: show solved examples in the prompt instead, or let a larger model write "
        "more until there are {effect_examples}.",
        names=TUNED,
        because="Effects can be seen from 50 to 100 examples on.",
        source=_TUNING,
        basis=Basis.SECONDARY,
        here=_missing,
    ),
    Rule(
        id="F3",
        applies=Compare("pct_behaviour", ">=", "dominant_share")
        & Compare("n_labelled", ">=", "effect_examples")
        & Is("prompting_plateaued"),
        outcome=Outcome.RECOMMEND,
        effect="Run a pilot fine-tune on {effect_examples} to {pilot_examples} examples.",
        names=(Rung.FINE_TUNE,),
        because="The gap is in behaviour, prompting has stopped helping, and there is enough data.",
        source=_TUNING,
        basis=Basis.JUDGEMENT,
    ),
    Rule(
        id="F4",
        applies=Compare("pilot_low", "<="),
        outcome=Outcome.WARN,
        effect="Stop: rework the task or the data; do not collect more of the same.",
        names=(Rung.FINE_TUNE,),
        because="The pilot's gain may be nothing, and more of the same will not change that.",
        source=_TUNING,
        basis=Basis.SECONDARY,
        here=_gain,
    ),
    Rule(
        id="F5",
        applies=Compare("pilot_low", ">") & Compare("pilot_score", "<", "target_score"),
        outcome=Outcome.RECOMMEND,
        effect="Double the data and tune again; stop when a doubling gains less than half the "
        "interval's width.",
        names=(Rung.FINE_TUNE,),
        because="The pilot helps, and only measuring tells how much more data still helps.",
        source="OpenAI, optimising LLM accuracy; the stopping rule is our judgement",
        basis=Basis.JUDGEMENT,
        here=_still_short,
    ),
    Rule(
        id="F6",
        applies=Compare("pct_context", ">=", "mixed_share")
        & Compare("pct_behaviour", ">=", "mixed_share"),
        outcome=Outcome.RECOMMEND,
        effect="Combine retrieval with fine-tuning: train on rows that hold passages, wrong ones "
        "among them, and measure against fine-tuning alone.",
        names=(Rung.RAG_FINE_TUNE,),
        because="Both add up in one published case and cost four points in another: measure it.",
        source="OpenAI, optimising LLM accuracy; Balaguer et al. (2024)",
        basis=Basis.JUDGEMENT,
    ),
    Rule(
        id="F7",
        applies=Compare("pct_capability", ">=", "dominant_share"),
        outcome=Outcome.RECOMMEND,
        effect="Take a larger model, or tune with a reward that can be checked; not a small "
        "fine-tune on examples.",
        names=("larger model", "rft"),
        because="Fine-tuned small models stayed about 20 points behind a large one in code and "
        "breadth of knowledge.",
        source="LoRA Land (2024), table 12 recomputed",
        basis=Basis.JUDGEMENT,
    ),
    Rule(
        id="F8",
        applies=Is("larger_passes")
        & Compare("baseline_score", "<", "target_score")
        & Is("logs_exist")
        & Is("licence_ok"),
        outcome=Outcome.RECOMMEND,
        effect="Distil: train the small model on {distil_low} to {distil_high} answers of the "
        "larger one.",
        names=(Rung.FINE_TUNE, "distil"),
        because="It builds the long prompt and the larger model's skill into a cheap one.",
        source="Microsoft Foundry, fine-tuning considerations; OpenAI, supervised fine-tuning "
        "guide; the numbers are our judgement",
        basis=Basis.JUDGEMENT,
    ),
)
