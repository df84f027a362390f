"""The verdict: what was measured first, what the rules say second, and both with their reasons."""

from __future__ import annotations

from collections.abc import Sequence

from studio.core.ladder.advise import advise
from studio.core.ladder.climb import Choice, Ladder, Reason, barred, choose, low
from studio.core.ladder.comparisons import best_runs
from studio.core.ladder.headline import headline, reasons
from studio.core.ladder.outlook import next_steps, not_verified, would_change
from studio.core.ladder.own_thresholds import changed
from studio.core.ladder.rejected import rejected
from studio.core.ladder.rows.tuning import TUNED
from studio.domain.advice import Facts, Verdict
from studio.domain.ladder import RungComparison, RungRun
from studio.domain.thresholds import Thresholds


def verdict(
    facts: Facts,
    runs: Sequence[RungRun] = (),
    comparisons: Sequence[RungComparison] = (),
    thresholds: Thresholds | None = None,
) -> Verdict:
    """Returns what the ladder says about these facts, runs and paired tests.

    The lowest rung that surely reaches the target is recommended; a higher one only where it is
    shown to beat the best below it and no rule stops it. Without a measurement the rules alone
    speak, and the verdict says that it is a prior.
    """
    thresholds = thresholds or Thresholds()
    advice = advise(facts, thresholds)
    stopped = barred(facts, advice, thresholds)
    measured = best_runs(runs)
    ended = f"endpoint:{facts.provider}/" if facts.provider in advice.blocked else None
    open_runs = [
        run
        for run in measured
        if run.setup.rung not in stopped
        and not (ended and run.setup.rung in TUNED and run.setup.model_id.startswith(ended))
    ]
    ladder = Ladder(open_runs, comparisons, thresholds)
    choice = choose(facts, advice, ladder, stopped)
    from_rules = choice.reason in (Reason.PRIOR, Reason.EVIDENCE_FIRST)
    return Verdict(
        recommended=choice.rung,
        run_id=choice.run.id if choice.run and not from_rules else None,
        headline=headline(facts, choice, ladder, advice, measured, thresholds),
        because=reasons(choice, ladder, advice),
        measured=not from_rules,
        confident=choice.confident,
        human_in_the_loop=advice.has("S1") or _below_break_even(facts, choice),
        next_steps=next_steps(facts, choice, ladder, advice, stopped),
        fired=advice.fired,
        rejected=rejected(choice, measured, ladder, advice, stopped),
        comparisons=tuple(comparisons),
        would_change=would_change(facts, choice, ladder, advice, thresholds),
        not_verified=not_verified(facts, choice, runs, advice),
        facts=facts,
        significance=thresholds.significance,
        changed=changed(thresholds),
    )


def _below_break_even(facts: Facts, choice: Choice) -> bool:
    even = facts.break_even_accuracy
    return even is not None and choice.run is not None and low(choice.run) < even
