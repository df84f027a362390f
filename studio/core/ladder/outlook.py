"""What to do next, what would lead to another verdict, and what nobody has checked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from studio.core.ladder.advise import Advice
from studio.core.ladder.climb import Choice, Ladder, Reason, height, low, value
from studio.core.ladder.comparisons import LADDER, alike
from studio.core.ladder.headline import figure, spoken
from studio.core.ladder.measuring import RIGHT_OR_WRONG
from studio.core.ladder.resolution import examples_to_tell
from studio.core.ladder.rows.tuning import TUNED
from studio.core.ladder.rules import BY_ID
from studio.core.ladder.vocabulary import RUNGS, asked
from studio.domain.advice import Basis, Facts, Fired, Outcome
from studio.domain.ladder import Rung, RungRun
from studio.domain.thresholds import Thresholds

MOST_UNKNOWN = 6
"""Unknown facts that are named; the others matter less."""
MOST_EXAMPLES = 20_000
"""More examples than that are no advice."""
TUNING = {*TUNED, "sft", "dpo", "kto", "rft", "lora", "qlora", "distil", "local", "own GPU"}
"""Names of rules that speak of fine-tuning only."""
SAME_AGAIN = {"sft", "lora", "qlora"}
"""What a pilot is made with; where it gained nothing (F4), nobody is told to begin with it."""
SETTLED = (Reason.MET, Reason.NEAR)
ALWAYS_MATTER = ("B1", "B2", "C3", "O2", "S1")
"""Rules that can change a verdict although they recommend no rung."""
WHEN_OPEN = ("B3", "D0", "P1")
"""Rules whose advice is spent once the target is reached."""


def next_steps(
    facts: Facts,
    choice: Choice,
    ladder: Ladder,
    advice: Advice,
    stopped: Mapping[Rung, tuple[str, ...]],
) -> tuple[str, ...]:
    """Returns what to do now, the rules' advice first."""
    steps = [
        f"{item.rule.effect} {item.here}".strip() + f" (rule {item.rule.id})"
        for item in advice.fired
        if _concerns(item, choice)
        and not (advice.has("F4") and item.rule.names and {*item.rule.names} <= SAME_AGAIN)
    ]
    steps += _measure_next(choice, ladder, stopped, fits=advice.has("C1"))
    run, limit = choice.run, facts.p95_ms
    if run is not None and limit and run.latency_p95 and 1000 * run.latency_p95 > limit:
        steps.append(
            f"Nineteen of twenty answers took up to {run.latency_p95:.1f} seconds here, the limit "
            f"is {limit / 1000:.1f}: measure again on the machine that will answer."
        )
    if choice.reason in SETTLED:
        steps.append("Measure again when the model, the prompt or the requests change.")
    if choice.reason is Reason.LOSES:
        steps.append("Use answers only as drafts that a person checks, or find a better rung.")
    return tuple(steps)


def would_change(
    facts: Facts, choice: Choice, ladder: Ladder, advice: Advice, thresholds: Thresholds
) -> tuple[str, ...]:
    """Returns what would lead to another verdict, the likeliest first."""
    return (
        *_targets(facts, choice, ladder),
        *_more_examples(choice, ladder),
        *_unknown(advice),
    )


def not_verified(
    facts: Facts, choice: Choice, runs: Sequence[RungRun], advice: Advice
) -> tuple[str, ...]:
    """Returns what the verdict takes for granted."""
    run = choice.run
    tries = [other for other in alike(runs) if run and other.setup.rung is run.setup.rung]
    quoted = [f.rule.id for f in advice.fired if f.rule.basis is Basis.SECONDARY]
    ours = [f.rule.id for f in advice.fired if f.rule.basis is Basis.JUDGEMENT]
    hosted = run is not None and run.setup.model_id.startswith("endpoint:")
    said = (
        (not alike(runs), "No rung was measured on this client's examples."),
        (
            bool(alike(runs)),
            "Live requests may differ from the examples that were measured.",
        ),
        (
            len(tries) > 1,
            f"The best of {len(tries)} setups was chosen on the examples it is scored by, so its "
            "true score is probably a little lower.",
        ),
        (
            run is not None and run.metric not in RIGHT_OR_WRONG,
            "The score is overlap of words with an expected answer; nobody has judged whether the "
            "answers are right.",
        ),
        (
            run is not None and run.latency_p95 is None,
            "How long an answer takes was not measured.",
        ),
        (
            run is not None and run.cost_per_1000 is None,
            "What an answer costs is not known.",
        ),
        (
            hosted and bool(advice.hidden),
            "The answers came from an endpoint: check that it stands on the client's own machines.",
        ),
        (facts.label_owner is None, "Nobody is named who decides what a right answer is."),
        (facts.licence_ok is None, "Whether the licences allow this use was not checked."),
        (
            bool(quoted),
            f"Sources known through quotations only: those of rule {', '.join(quoted)}.",
        ),
        (bool(ours), f"Thresholds that are our judgement: those of rule {', '.join(ours)}."),
    )
    return tuple(words for applies, words in said if applies)


def _concerns(item: Fired, choice: Choice) -> bool:
    """Says whether a rule's advice is a step towards the recommended rung."""
    rule = item.rule
    if item.overruled_by or (choice.reason in SETTLED and rule.id in WHEN_OPEN):
        return False
    if rule.outcome is Outcome.BLOCK or not rule.names:
        return True
    about_tuning = set(rule.names) <= TUNING
    open_above = choice.reason in (Reason.SHORT, Reason.NO_TARGET, Reason.PRIOR)
    if about_tuning:
        return choice.rung in TUNED or open_above
    rungs = [name for name in rule.names if name in LADDER]
    return not rungs or choice.rung in rungs or open_above


def _measure_next(
    choice: Choice, ladder: Ladder, stopped: Mapping[Rung, tuple[str, ...]], *, fits: bool
) -> Iterator[str]:
    """Names the next rung to measure; `fits` says whether all documents fit into a prompt."""
    done = {run.setup.rung for run in ladder.runs}
    if choice.reason in SETTLED or choice.reason is Reason.EVIDENCE_FIRST:
        place = LADDER.index(choice.rung)
        missing = [r for r in (Rung.PROMPT, Rung.FEW_SHOT) if r not in done]
        for rung in missing:
            if choice.reason in SETTLED and LADDER.index(rung) < place:
                yield f"Measure {RUNGS[rung]} as well: it costs less and may suffice."
        return
    for rung in LADDER:
        if rung is Rung.STAY or (rung is Rung.LONG_CONTEXT and not fits):
            continue
        if rung not in done and rung not in stopped:
            yield f"Measure {RUNGS[rung]} next."
            return


def _targets(facts: Facts, choice: Choice, ladder: Ladder) -> Iterator[str]:
    run, target = choice.run, facts.target_score
    if choice.reason is Reason.LOSES:
        yield "Right answers that are worth more, or wrong ones that cost less."
        return
    if run is None or target is None:
        return
    if choice.reason is Reason.MET:
        yield f"A target above {figure(run, low(run))}: that is what {_name(run)} surely reaches."
    for lower in ladder.runs:
        if height(lower) < height(run) and value(lower) < target:
            yield f"A target of {figure(lower, value(lower))} or less: {_name(lower)} reaches it."
            return
    if choice.reason is Reason.SHORT:
        yield f"A target of {figure(run, value(run))} or less: {_name(run)} reaches it."


def _more_examples(choice: Choice, ladder: Ladder) -> Iterator[str]:
    run = choice.run
    if run is None:
        return
    for upper in ladder.runs:
        test = ladder.test(upper, run)
        if test is None or test.difference <= 0 or ladder.beats(upper, run):
            continue
        needed = examples_to_tell(test.n, test.difference, test.low, test.high)
        if needed is not None and test.n < needed <= MOST_EXAMPLES:
            yield (
                f"More examples: {_name(upper)} scored {100 * test.difference:.1f} points more; "
                f"about {needed:,} would tell that from chance, there are {test.n:,}."
            )
    if choice.reason is Reason.NEAR and run.score is not None and run.metric in RIGHT_OR_WRONG:
        yield f"More examples: so far {spoken(run)} is known to within {_width(run)} points."


def _width(run: RungRun) -> str:
    return f"±{100 * (value(run) - low(run)):.1f}"


def _unknown(advice: Advice) -> Iterator[str]:
    rules: dict[str, list[str]] = defaultdict(list)
    for rule_id, names in advice.unknown.items():
        rule = BY_ID[rule_id]
        if rule_id not in ALWAYS_MATTER and not {*rule.names, *rule.instead} & {*LADDER}:
            continue
        for name in names:
            rules[name].append(rule_id)
    # A fact that decides a rule alone comes before one that needs others.
    order = sorted(rules, key=lambda name: min(len(advice.unknown[r]) for r in rules[name]))
    for name in order[:MOST_UNKNOWN]:
        word = "rule" if len(rules[name]) == 1 else "rules"
        yield f"Knowing {asked(name)}: {word} {', '.join(rules[name])} may then apply."


def _name(run: RungRun) -> str:
    return RUNGS[run.setup.rung]
