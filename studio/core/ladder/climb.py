"""Which rung the measurements support: the lowest that reaches the target, and no higher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from studio.core.ladder.advise import Advice
from studio.core.ladder.comparisons import LADDER
from studio.core.ladder.rows.knowledge import FACTS_BY_TUNING
from studio.domain.advice import Facts, Outcome
from studio.domain.ladder import Rung, RungComparison, RungRun
from studio.domain.thresholds import Thresholds

NEED_NOTHING_BELOW = (Rung.STAY, Rung.PROMPT)
"""Rungs that can be the answer although nothing below them was measured."""

NO_SOURCES = (Rung.PROMPT, Rung.FEW_SHOT, Rung.FINE_TUNE)
"""Rungs whose answers cannot name a source."""


class Reason(StrEnum):
    """Why a rung is recommended."""

    EVIDENCE_FIRST = "evidence_first"
    """There is no measure, or there are too few examples."""
    PRIOR = "prior"
    """Nothing was measured; the rules alone say it."""
    MET = "met"
    """Its whole interval lies at or above the target."""
    NEAR = "near"
    """It reaches the target, but its interval reaches below."""
    SHORT = "short"
    """No rung reaches the target; it is the lowest one that no other is shown to beat."""
    NO_TARGET = "no_target"
    """The same, where no target was agreed."""
    LOSES = "loses"
    """Even the best rung may lose money with every answer."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The rung that is recommended."""

    rung: Rung
    run: RungRun | None
    reason: Reason
    confident: bool
    rule_id: str = ""
    """The rule that says it, where nothing measured does."""


class Ladder:
    """The measured rungs, lowest first, and what the paired tests say of them."""

    def __init__(
        self,
        runs: Sequence[RungRun],
        comparisons: Sequence[RungComparison],
        thresholds: Thresholds,
    ) -> None:
        self.runs = tuple(runs)
        self._tests = {(c.candidate_id, c.baseline_id): c for c in comparisons}
        self._significance = thresholds.significance

    def test(self, upper: RungRun, lower: RungRun) -> RungComparison | None:
        """Returns the comparison of two rungs; None when there is none."""
        return self._tests.get((upper.id, lower.id))

    def beats(self, upper: RungRun, lower: RungRun) -> bool:
        """Says whether a rung is shown to be better than one below it."""
        test = self.test(upper, lower)
        return test is not None and test.difference > 0 and test.p_holm < self._significance

    def loses(self, upper: RungRun, lower: RungRun) -> bool:
        """Says whether a rung is shown to be worse than one below it."""
        test = self.test(upper, lower)
        return test is not None and test.difference < 0 and test.p_holm < self._significance

    def best_below(self, run: RungRun) -> RungRun | None:
        """Returns the best run of the rungs below, the lower one of equals."""
        below = [other for other in self.runs if height(other) < height(run)]
        return max(below, key=value, default=None)

    def supported(self, run: RungRun) -> bool:
        """Says whether it is the lowest, or shown to beat the best below it."""
        below = self.best_below(run)
        return below is None or self.beats(run, below)

    def unbeaten(self) -> RungRun:
        """Returns the lowest rung that none above it is shown to beat."""
        return next(
            run
            for run in self.runs
            if not any(self.beats(upper, run) for upper in self.runs if height(upper) > height(run))
        )


def barred(facts: Facts, advice: Advice, thresholds: Thresholds) -> dict[Rung, tuple[str, ...]]:
    """Returns the rungs that may not be recommended, each with the rules that stop it.

    C3 stops fine-tuning for facts only: the rung itself where facts are what it would be for. C4
    leaves out rungs that give the model no text to quote, however well they score.
    """
    stopped: dict[Rung, tuple[str, ...]] = {
        rung: (advice.blocked[rung],) for rung in Rung if rung in advice.blocked
    }
    for_facts = bool(facts.fact_injection_wanted) or (
        facts.pct_context is not None and facts.pct_context >= thresholds.dominant_share
    )
    if advice.has("C4"):
        for rung in NO_SOURCES:
            stopped.setdefault(rung, ("C4",))
    extra = []
    if FACTS_BY_TUNING in advice.blocked and for_facts:
        extra.append(advice.blocked[FACTS_BY_TUNING])
    if advice.has("F4"):
        extra.append("F4")
    if extra:
        stopped[Rung.FINE_TUNE] = (*stopped.get(Rung.FINE_TUNE, ()), *extra)
    return stopped


def choose(
    facts: Facts,
    advice: Advice,
    ladder: Ladder,
    stopped: dict[Rung, tuple[str, ...]],
) -> Choice:
    """Returns the rung to recommend from the measured ones that nothing stops."""
    if advice.has("B1") or advice.has("B2"):
        run = next((run for run in ladder.runs if run.setup.rung is Rung.PROMPT), None)
        reason = Reason.EVIDENCE_FIRST
        return Choice(rung=Rung.PROMPT, run=run, reason=reason, confident=False)
    if not ladder.runs:
        return _prior(advice, stopped)
    return (
        _reaching(facts, ladder) or _losing(facts, ladder) or _unbeaten(facts.target_score, ladder)
    )


def _reaching(facts: Facts, ladder: Ladder) -> Choice | None:
    target = facts.target_score
    if target is None:
        return None
    supported = [run for run in ladder.runs if ladder.supported(run)]
    for reason, reaches in ((Reason.MET, low), (Reason.NEAR, value)):
        for run in supported:
            if reaches(run) >= target:
                return _measured(run, reason, ladder, alone=reason is Reason.MET)
    return None


def _losing(facts: Facts, ladder: Ladder) -> Choice | None:
    even = facts.break_even_accuracy
    best = max(ladder.runs, key=value)
    if even is None or low(best) >= even:
        return None
    sure = best.score is not None and best.score.high is not None and best.score.high < even
    stay = next((run for run in ladder.runs if run.setup.rung is Rung.STAY), None)
    return Choice(rung=Rung.STAY, run=stay, reason=Reason.LOSES, confident=sure)


def _unbeaten(target: float | None, ladder: Ladder) -> Choice:
    reason = Reason.NO_TARGET if target is None else Reason.SHORT
    return _measured(ladder.unbeaten(), reason, ladder, alone=False)


def _measured(run: RungRun, reason: Reason, ladder: Ladder, *, alone: bool) -> Choice:
    """Builds a choice; `alone` says whether the lowest rung's own interval proves enough."""
    below = ladder.best_below(run)
    if below is None:
        confident = alone and run.setup.rung in NEED_NOTHING_BELOW
    else:
        confident = ladder.beats(run, below)
    return Choice(rung=run.setup.rung, run=run, reason=reason, confident=confident)


def _prior(advice: Advice, stopped: dict[Rung, tuple[str, ...]]) -> Choice:
    """Returns the rung of the first rule, in table order, that recommends one."""
    for item in advice.fired:
        names = {
            Outcome.RECOMMEND: item.rule.names,
            Outcome.BLOCK: item.rule.instead,
            Outcome.WARN: (),
        }[item.rule.outcome]
        for name in names:
            # Measuring prompting first is never wrong, whatever will be needed in the end.
            if name in LADDER and (name not in stopped or item.rule.id == "B3"):
                rung, rule_id = Rung(name), item.rule.id
                reason = Reason.PRIOR
                return Choice(rung=rung, run=None, reason=reason, confident=False, rule_id=rule_id)
    return Choice(rung=Rung.PROMPT, run=None, reason=Reason.PRIOR, confident=False)


def height(run: RungRun) -> int:
    """Returns how far up the ladder a run stands."""
    return LADDER.index(run.setup.rung)


def value(run: RungRun) -> float:
    """Returns the measured score."""
    return run.score.value if run.score else 0.0


def low(run: RungRun) -> float:
    """Returns the lower end of its interval; 0 where there is none, which proves nothing."""
    return run.score.low if run.score and run.score.low is not None else 0.0
