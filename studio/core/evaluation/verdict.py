"""What a comparison means, in plain sentences, with a warning when examples are few."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from studio.domain.evaluation import Comparison, ScoreDifference

SOFT_SCORES = {"token_f1": "word overlap (token F1)", "rouge_l": "word order (ROUGE-L)"}
"""Scores between right and wrong that two runs are also compared by."""

FEWEST_DISAGREEMENTS = 6
"""With five, even five wins to none has p = 0.0625."""
FEW_EXAMPLES = 100
"""Below it a golden set is a demonstration: intervals are wider than most real gains."""

OFTEN = 0.5
"""A model that gives a known label less often fails by form at least as much as by knowledge."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When a sentence is said."""

    applies: Callable[[Comparison], bool]
    says: str
    because: str


VERDICTS: tuple[Rule, ...] = (
    Rule(
        applies=lambda c: c.only_candidate + c.only_baseline == 0,
        says="{candidate} and {baseline} are right on the same {n} examples: no difference seen.",
        because="Without a disagreement there is nothing to test.",
    ),
    Rule(
        applies=lambda c: c.p_value < 0.01 and c.difference > 0,
        says="{candidate} is better than {baseline}: right on {new} instead of {old} of {n} "
        "examples ({p}).",
        because="Chance alone does this less than once in a hundred comparisons.",
    ),
    Rule(
        applies=lambda c: c.p_value < 0.05 and c.difference > 0,
        says="{candidate} is probably better than {baseline}: right on {new} instead of {old} of "
        "{n} examples ({p}).",
        because="Chance alone does this less than once in twenty comparisons.",
    ),
    Rule(
        applies=lambda c: c.p_value < 0.01,
        says="{candidate} is worse than {baseline}: right on {new} instead of {old} of {n} "
        "examples ({p}).",
        because="Chance alone does this less than once in a hundred comparisons.",
    ),
    Rule(
        applies=lambda c: c.p_value < 0.05,
        says="{candidate} is probably worse than {baseline}: right on {new} instead of {old} of "
        "{n} examples ({p}).",
        because="Chance alone does this less than once in twenty comparisons.",
    ),
    Rule(
        applies=lambda c: True,
        says="No evidence of a difference between {candidate} ({new} of {n} examples right) and "
        "{baseline} ({old}): a gap like this can be chance ({p}).",
        because="A failed test proves no equality; the interval says what is still possible.",
    ),
)
"""The first rule that applies gives the verdict."""

CAVEATS: tuple[Rule, ...] = (
    Rule(
        applies=lambda c: 0 < c.only_candidate + c.only_baseline < FEWEST_DISAGREEMENTS,
        says="They disagree on only {disagreements}, too few for any test to call a winner.",
        because="Five wins to none still happen by chance once in sixteen comparisons.",
    ),
    Rule(
        applies=lambda c: c.n < FEW_EXAMPLES,
        says="With only {n} examples the true difference may lie anywhere from {low} to {high} "
        "points.",
        because="The reader should see the width of the interval, not only its middle.",
    ),
    Rule(
        applies=lambda c: min(_label_shares(c).values(), default=1.0) < OFTEN,
        says="{vague} gives one of the known labels in only {given} of its answers; the others "
        "count as wrong.",
        because="Not knowing the answer and not keeping to the form of one are different faults.",
    ),
)
"""Every caveat that applies is added."""


def verdict(comparison: Comparison) -> str:
    """Returns the verdict on a comparison with its caveats, in plain sentences."""
    words = _words(comparison)
    rule = next(rule for rule in VERDICTS if rule.applies(comparison))
    said = [rule, *(caveat for caveat in CAVEATS if caveat.applies(comparison))]
    sentences = [rule.says.format(**words) for rule in said]
    primary = comparison.candidate.primary
    if comparison.soft and primary is not None and primary.metric == "exact_match":
        # Free text is hardly ever exactly right, so its verdict also says how near it comes.
        sentences.append(_soft_sentence(comparison.soft[0]))
    return " ".join(sentences)


def _soft_sentence(score: ScoreDifference) -> str:
    name = SOFT_SCORES[score.metric]
    span = f"from {score.baseline:.2f} to {score.candidate:.2f} ({_p(score.p_value)})"
    if score.p_value >= 0.05:
        return f"Its {name} moved {span}, which can be chance."
    return f"Its {name} {'rose' if score.difference > 0 else 'fell'} {span}."


def _words(c: Comparison) -> dict[str, str]:
    old, new = c.both_right + c.only_baseline, c.both_right + c.only_candidate
    disagreements = c.only_candidate + c.only_baseline
    shares = _label_shares(c)
    vague = min(shares, key=lambda name: shares[name], default="")
    return {
        "vague": vague,
        "given": f"{shares.get(vague, 1.0):.0%}",
        "candidate": c.candidate.model_name,
        "baseline": c.baseline.model_name,
        "n": f"{c.n:,}",
        "old": f"{old / max(1, c.n):.0%}",
        "new": f"{new / max(1, c.n):.0%}",
        "low": f"{100 * c.low:+.0f}",
        "high": f"{100 * c.high:+.0f}",
        "p": _p(c.p_value),
        "disagreements": "1 example" if disagreements == 1 else f"{disagreements} examples",
    }


def _label_shares(c: Comparison) -> dict[str, float]:
    """Returns model name → share of answers that are a known label; empty without labels."""
    return {
        run.model_name: score.value
        for run in (c.candidate, c.baseline)
        for score in run.scores
        if score.metric == "label_given"
    }


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"
