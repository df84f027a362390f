"""Why each of the other rungs is not the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studio.core.ladder.advise import Advice
from studio.core.ladder.climb import Choice, Ladder, Reason, height
from studio.core.ladder.comparisons import LADDER
from studio.core.ladder.headline import figure, spoken, tested
from studio.core.ladder.vocabulary import RUNGS
from studio.domain.advice import Rejected
from studio.domain.ladder import Rung, RungRun

Stopped = Mapping[Rung, tuple[str, ...]]


def rejected(
    choice: Choice,
    measured: Sequence[RungRun],
    ladder: Ladder,
    advice: Advice,
    stopped: Stopped,
) -> tuple[Rejected, ...]:
    """Returns every rung but the recommended one, lowest first, each with its reason.

    `ladder` holds the measured rungs that nothing stops, `measured` all of them.
    """
    by_rung = {run.setup.rung: run for run in measured}
    found = []
    for rung in LADDER:
        if rung is choice.rung:
            continue
        rule_ids = stopped.get(rung, ())
        if rule_ids:
            words = _stopped(by_rung.get(rung), rule_ids, advice)
        elif rung in by_rung:
            words = _measured(by_rung[rung], choice, ladder)
        else:
            words = _not_measured(rung, choice)
        found.append(Rejected(rung=rung, because=words, rule_ids=rule_ids))
    return tuple(found)


def _stopped(run: RungRun | None, rule_ids: Sequence[str], advice: Advice) -> str:
    score = f" It was measured all the same: {spoken(run)}." if run is not None else ""
    because = [f"{f.rule.because}" for f in advice.fired if f.rule.id in rule_ids]
    rules = "rule" if len(rule_ids) == 1 else "rules"
    return f"Stopped by {rules} {', '.join(rule_ids)}: {' '.join(because)}{score}"


def _measured(run: RungRun, choice: Choice, ladder: Ladder) -> str:
    if choice.reason is Reason.LOSES:
        return f"Measured: {spoken(run)}. It may cost more than it brings."
    if choice.reason is Reason.EVIDENCE_FIRST or choice.run is None:
        return f"Measured: {spoken(run)}, on too little evidence to go by."
    if height(run) < height(choice.run):
        return _lower(run, choice.run, ladder)
    return _higher(run, choice, choice.run, ladder)


def _lower(run: RungRun, chosen: RungRun, ladder: Ladder) -> str:
    if ladder.beats(chosen, run):
        said = tested(ladder, chosen, run)
        return f"Measured worse: {spoken(run)}; {RUNGS[chosen.setup.rung]} beats it {said}."
    return f"Measured: {spoken(run)}. A rung above is shown to beat it."


def _higher(run: RungRun, choice: Choice, chosen: RungRun, ladder: Ladder) -> str:
    name = RUNGS[chosen.setup.rung]
    test = ladder.test(run, chosen)
    if ladder.beats(run, chosen):
        better = f"Measured better than {name} {tested(ladder, run, chosen)}"
        if choice.reason in (Reason.MET, Reason.NEAR):
            return f"{better}, but not needed: {name} reaches the target and costs less."
        return f"{better}, but not better than the best rung between them."
    if ladder.loses(run, chosen):
        return f"Measured worse: {spoken(run)}, against {figure(chosen, _score(chosen))} of {name}."
    if test is None:
        return f"Measured: {spoken(run)}, but not on the same examples as {name}."
    return (
        f"Measured: {spoken(run)}, against {figure(chosen, _score(chosen))} of {name}. The "
        f"difference can be chance (p = {test.p_holm:.3f} after correction), and it costs more."
    )


def _not_measured(rung: Rung, choice: Choice) -> str:
    name = RUNGS[choice.rung]
    if rung is Rung.STAY:
        return "How well things go today was not measured."
    above = LADDER.index(rung) > LADDER.index(choice.rung)
    if above and choice.reason in (Reason.MET, Reason.NEAR):
        return f"Not needed: {name} reaches the target and costs less. It was not measured."
    if choice.reason is Reason.LOSES:
        return "Not measured. It could still pay, and would have to be measured first."
    return "Not measured."


def _score(run: RungRun) -> float:
    return run.score.value if run.score else 0.0
