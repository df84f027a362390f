"""What is recommended, in a sentence that a client understands, and the reasons for it."""

from __future__ import annotations

from collections.abc import Sequence

from studio.core.ladder.advise import Advice
from studio.core.ladder.climb import Choice, Ladder, Reason, low, value
from studio.core.ladder.measuring import RIGHT_OR_WRONG
from studio.core.ladder.rows.tuning import TUNED
from studio.core.ladder.vocabulary import RUNGS
from studio.domain.advice import Facts, Outcome
from studio.domain.ladder import Rung, RungRun
from studio.domain.thresholds import Thresholds

DO: dict[Rung, str] = {
    Rung.STAY: "Leave things as they are",
    Rung.PROMPT: "Stay with prompting",
    Rung.FEW_SHOT: "Prompt with solved examples",
    Rung.LONG_CONTEXT: "Put all documents into the prompt",
    Rung.RAG: "Use retrieval (RAG)",
    Rung.FINE_TUNE: "Fine-tune",
    Rung.RAG_FINE_TUNE: "Combine retrieval with fine-tuning",
}
OVERLAPS = {"token_f1": "word overlap", "rouge_l": "word order"}
AGAINST_TUNING = ("P1", "P2", "F4", "F7", "O3")
"""Rules that speak against fine-tuning without stopping it."""


def headline(
    facts: Facts,
    choice: Choice,
    ladder: Ladder,
    advice: Advice,
    measured: Sequence[RungRun],
    thresholds: Thresholds,
) -> str:
    """Returns the recommendation in one sentence."""
    if choice.reason is Reason.EVIDENCE_FIRST:
        return _evidence_first(facts, advice, thresholds)
    if choice.reason is Reason.LOSES:
        return _loses(facts, ladder)
    lead = DO[choice.rung]
    if choice.rung not in TUNED and not_worth_tuning(choice, advice, measured):
        lead = f"Do not fine-tune. {lead}"
    if choice.rule_id == "B3":
        lead = "Begin with prompting"
    if choice.run is None:
        reason = next((f.rule.because for f in advice.fired if f.rule.id == choice.rule_id), "")
        what = "this rung has not" if measured else "nothing has"
        return f"{lead}, by the rules alone: {what} been measured yet. {reason}".strip()
    return f"{lead}: {_scored(facts, choice, choice.run, ladder)}."


def not_worth_tuning(choice: Choice, advice: Advice, measured: Sequence[RungRun]) -> bool:
    """Says whether the evidence or a rule speaks against fine-tuning, not merely for less."""
    return (
        choice.reason in (Reason.MET, Reason.NEAR)
        or any(run.setup.rung in TUNED for run in measured)
        or all(rung in advice.blocked for rung in TUNED)
        or any(advice.has(rule_id) for rule_id in AGAINST_TUNING)
    )


def reasons(choice: Choice, ladder: Ladder, advice: Advice) -> tuple[str, ...]:
    """Returns what the recommendation rests on: measurements first, then the rules for it."""
    said = []
    run = choice.run
    if run is not None and run.score is not None:
        said.append(
            f"{_capital(RUNGS[choice.rung])} was measured with {run.model_name}: "
            f"{spoken(run)}{interval(run)}."
        )
        for lower in ladder.runs:
            if ladder.beats(run, lower):
                said.append(f"It beats {RUNGS[lower.setup.rung]} {tested(ladder, run, lower)}.")
    if choice.reason is Reason.LOSES:
        best = max(ladder.runs, key=value)
        said.append(f"The best rung is {RUNGS[best.setup.rung]}: {spoken(best)}{interval(best)}.")
    for item in advice.fired:
        rule = item.rule
        speaks_for = choice.rung in (*rule.names, *rule.instead) and not item.overruled_by
        missing = choice.reason is Reason.EVIDENCE_FIRST and rule.id in ("B1", "B2")
        if (speaks_for and rule.outcome is not Outcome.WARN) or missing:
            said.append(f"{rule.because} {item.here}".strip() + f" (rule {rule.id})")
    return tuple(said)


def spoken(run: RungRun) -> str:
    """Returns a run's score in words."""
    return amount(run, value(run))


def amount(run: RungRun, score: float) -> str:
    """Returns a score of this run's metric in words."""
    if run.metric in RIGHT_OR_WRONG:
        return f"{percent(score)} of answers right"
    return f"{score:.2f} of 1 in {OVERLAPS[run.metric]}"


def figure(run: RungRun, score: float) -> str:
    """Returns a score of this run's metric as a bare number."""
    return percent(score) if run.metric in RIGHT_OR_WRONG else f"{score:.2f}"


def interval(run: RungRun) -> str:
    """Returns the interval of a run's score and the examples behind it, in brackets."""
    score = run.score
    if score is None or score.low is None or score.high is None:
        return ""
    return (
        f" ({figure(run, score.low)} to {figure(run, score.high)} with 95 % confidence, "
        f"{score.n:,} examples)"
    )


def tested(ladder: Ladder, upper: RungRun, lower: RungRun) -> str:
    """Returns what the paired test of two rungs said."""
    test = ladder.test(upper, lower)
    if test is None:
        return "(not tested)"
    p = "p < 0.001" if test.p_holm < 0.001 else f"p = {test.p_holm:.3f}"
    return f"by {_points(test.difference)} ({p} after correction)"


def percent(share: float) -> str:
    """Returns a share as people read it, never rounded up to 100 %."""
    return f"{min(100 * share, 99.9) if share < 1 else 100:.3g} %"


def _scored(facts: Facts, choice: Choice, run: RungRun, ladder: Ladder) -> str:
    target = "" if facts.target_score is None else figure(run, facts.target_score)
    n = run.score.n if run.score else 0
    below = ladder.best_below(run)
    gain = ""
    if below is not None and ladder.beats(run, below):
        test = ladder.test(run, below)
        more = _points(test.difference if test else 0.0)
        gain = f", {more} more than {RUNGS[below.setup.rung]}"
    return {
        Reason.MET: f"{spoken(run)} on {n:,} examples{gain}; the target of {target} is reached",
        Reason.NEAR: f"{spoken(run)} on {n:,} examples{gain}; the target is {target}, but with so "
        f"few examples the true score may be as low as {figure(run, low(run))}",
        Reason.SHORT: f"{spoken(run)} on {n:,} examples{gain}; no rung is shown to reach the "
        f"target of {target}",
        Reason.NO_TARGET: f"{spoken(run)} on {n:,} examples{gain}; no target was agreed",
    }[choice.reason]


def _loses(facts: Facts, ladder: Ladder) -> str:
    best = max(ladder.runs, key=value)
    even = figure(best, facts.break_even_accuracy or 0)
    return (
        "Do not fine-tune, and let no model answer unchecked. Leave things as they are: even "
        f"{RUNGS[best.setup.rung]}, the best rung, may reach only {figure(best, low(best))}, and "
        f"below {even} an answer costs more than it brings."
    )


def _evidence_first(facts: Facts, advice: Advice, thresholds: Thresholds) -> str:
    if advice.has("B1"):
        return "Do not fine-tune yet: agree first on what counts as a right answer."
    return (
        f"Do not fine-tune yet: collect at least {thresholds.min_examples} examples to measure on "
        f"first; there are {facts.eval_n}."
    )


def _points(difference: float) -> str:
    return f"{100 * abs(difference):.1f} points"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
