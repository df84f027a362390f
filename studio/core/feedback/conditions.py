"""Conditions of a retraining: each looks at one thing and says it with its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil

from studio.core.evaluation.statistics import wilson
from studio.core.feedback.spans import counted, lasted
from studio.domain.retraining import Condition, CycleState, RetrainPolicy, TriggerKind
from studio.domain.values import Value

MORE_DATA = 1.5
"""After a rollback or a rejection, so many times the usual number of corrections."""
LEAST_THUMBS = 100
"""Rated answers below which thumbs begin nothing."""
SHUTDOWN_DAYS = 90
"""Days before the end of its base model from which a deployment should move to another."""
REFUSED = frozenset({CycleState.ROLLED_BACK, CycleState.REJECTED})


class Facts(Value):
    """What is known of a deployment when it is asked whether it should learn again."""

    now: datetime
    may_train: bool = True
    open_cycle: bool = False
    """Whether a cycle holds the deployment."""
    groups: int = 0
    """Questions with an approved correction that no cycle has learnt from."""
    raters: Mapping[str, int] = {}
    """How many of them each person gave."""
    newest: datetime | None = None
    """When the newest of them was given."""
    refused_groups: int = 0
    """Those that a cycle began with which ended badly before its gate: they still count as new."""
    disagreement: str = ""
    """Why its raters must agree first; empty when they need not."""
    thumbs_up: int | None = None
    thumbs: int | None = None
    """Rated answers of today's champion; None when not known."""
    psi: float | None = None
    """Largest of the newest drift reports; None when not known."""
    last_ended: datetime | None = None
    """When its last cycle ended, or was promoted."""
    last_outcome: CycleState | None = None
    last_began: datetime | None = None
    bad_ends: int = 0
    """Failed, rejected and rolled-back cycles in a row since a person armed the policy."""
    spent_usd: Decimal | None = None
    """By its cycles in this month; None when some cost is not known."""
    estimated_usd: Decimal | None = None
    """What a cycle will cost; None when not known."""
    backend_trouble: str = ""
    """Why no place can train now; empty when one can."""
    base_shutdown: date | None = None
    """Last day of the base model of today's champion; None when none is announced."""
    shutdown_tried: bool = False
    """Whether a gate judged a model that was trained because of it; once more proves no more."""


def needed(policy: RetrainPolicy, facts: Facts) -> int:
    """Returns how many new corrections it takes, half as many again after a bad end."""
    if facts.last_outcome not in REFUSED:
        return policy.min_new_corrections
    return ceil(MORE_DATA * max(policy.min_new_corrections, facts.refused_groups))


def corrections(policy: RetrainPolicy, facts: Facts) -> Condition:
    """Says whether there is enough to learn."""
    need = needed(policy, facts)
    sentence = f"{facts.groups} of {need} approved corrections are there"
    if facts.last_outcome in REFUSED:
        ended = "rolled back" if facts.last_outcome is CycleState.ROLLED_BACK else "refused"
        sentence += f" (half as many again, because the last model was {ended})"
    return _condition("corrections", facts.groups >= need, facts.groups, need, f"{sentence}.")


def raters(policy: RetrainPolicy, facts: Facts) -> Condition:
    """Says whether enough people gave them."""
    have = sum(count > 0 for count in facts.raters.values())
    need = policy.min_raters
    sentence = f"They come from {have} of at least {need} people."
    return _condition("raters", have >= need, have, need, sentence)


def one_rater(policy: RetrainPolicy, facts: Facts) -> Condition:
    """Says whether no single person gave most of them."""
    total, need = sum(facts.raters.values()), policy.max_share_one_rater
    if total == 0:
        sentence = "Nobody has given a new correction yet."
        return _condition("one_rater", False, None, need, sentence)
    share = max(facts.raters.values()) / total
    sentence = f"One person gave {share:.0%} of them; at most {need:.0%} may be from one."
    return _condition("one_rater", share <= need, share, need, sentence)


def _enabled(policy: RetrainPolicy, facts: Facts) -> Condition:
    met = policy.enabled and not policy.paused_because
    sentence = "Learning is switched on."
    if policy.paused_because:
        sentence = f"It is paused until somebody arms it again: {policy.paused_because}"
    elif not policy.enabled:
        sentence = "Learning is switched off."
    return _condition("enabled", met, None, None, sentence)


def _consent(policy: RetrainPolicy, facts: Facts) -> Condition:
    sentence = (
        "What is sent to it may be learnt from."
        if facts.may_train
        else "What is sent to it may not be learnt from."
    )
    return _condition("consent", facts.may_train, None, None, sentence)


def _no_open_cycle(policy: RetrainPolicy, facts: Facts) -> Condition:
    sentence = (
        "Another retraining is under way."
        if facts.open_cycle
        else "No other retraining is under way."
    )
    return _condition("open_cycle", not facts.open_cycle, float(facts.open_cycle), 0, sentence)


def _debounce(policy: RetrainPolicy, facts: Facts) -> Condition:
    need = policy.debounce_minutes
    if facts.newest is None:
        return _condition("debounce", True, None, need, "Nobody is correcting right now.")
    since = facts.now - facts.newest
    have = since / timedelta(minutes=1)
    sentence = (
        f"The newest correction is {lasted(since)} old; it waits until "
        f"{counted(need, 'minute')} have passed, so that somebody in the midst of correcting can "
        "finish."
        if have < need
        else f"The newest correction is older than {counted(need, 'minute')}."
    )
    return _condition("debounce", have >= need, have, need, sentence)


def _cooldown(policy: RetrainPolicy, facts: Facts) -> Condition:
    need = policy.cooldown_hours
    if facts.last_ended is None:
        return _condition("cooldown", True, None, need, "No retraining has ended yet.")
    since = facts.now - facts.last_ended
    have = since / timedelta(hours=1)
    sentence = (
        f"The last retraining ended {lasted(since)} ago; the pause is {counted(need, 'hour')}."
    )
    return _condition("cooldown", have >= need, have, need, sentence)


def _failures(policy: RetrainPolicy, facts: Facts) -> Condition:
    need, have = policy.max_consecutive_failures, facts.bad_ends
    met = have < need
    said = f"{counted(have, 'retraining')}{' in a row' * (have > 1)} ended badly"
    sentence = (
        f"{said if have else 'No retraining ended badly'}; at {need} it pauses."
        if met
        else f"{said}: somebody has to look and arm it again."
    )
    return _condition("failures", met, have, need, sentence)


def _budget(policy: RetrainPolicy, facts: Facts) -> Condition:
    ceiling = policy.monthly_budget_usd
    if ceiling is None:
        return _condition("budget", True, None, None, "There is no ceiling for its cost.")
    if facts.spent_usd is None:
        sentence = f"What was spent this month is not known, and the ceiling is {ceiling} USD."
        return _condition("budget", False, None, float(ceiling), sentence)
    if facts.estimated_usd is None:
        sentence = (
            f"What it will cost is not known, and the ceiling is {ceiling} USD a month "
            f"({facts.spent_usd} spent)."
        )
        return _condition("budget", False, None, float(ceiling), sentence)
    total = facts.spent_usd + facts.estimated_usd
    sentence = (
        f"It will cost about {facts.estimated_usd} USD; {facts.spent_usd} of {ceiling} USD are "
        "spent this month."
    )
    return _condition("budget", total <= ceiling, float(total), float(ceiling), sentence)


def _backend(policy: RetrainPolicy, facts: Facts) -> Condition:
    sentence = facts.backend_trouble or "There is a place to train."
    return _condition("backend", not facts.backend_trouble, None, None, sentence)


def _agreement(policy: RetrainPolicy, facts: Facts) -> Condition:
    sentence = facts.disagreement or "Nothing shows that its raters disagree."
    return _condition("agreement", not facts.disagreement, None, None, sentence)


def _thumbs(policy: RetrainPolicy, facts: Facts) -> Condition | None:
    ceiling = policy.thumbs_down_ceiling
    if ceiling is None:
        return None
    floor = 1 - ceiling
    if facts.thumbs is None or facts.thumbs_up is None or facts.thumbs < LEAST_THUMBS:
        known = "an unknown number of" if facts.thumbs is None else str(facts.thumbs)
        sentence = f"Or on thumbs: {known} answers are rated, and it takes {LEAST_THUMBS}."
        return _condition("thumbs", False, None, floor, sentence)
    high = wilson(facts.thumbs_up, facts.thumbs)[1]
    sentence = (
        f"Or on thumbs: {facts.thumbs_up} of {facts.thumbs} rated answers are liked, so at most "
        f"{high:.1%} of all; it begins when that is below {floor:.1%}."
    )
    return _condition("thumbs", high < floor, high, floor, sentence)


def _drift(policy: RetrainPolicy, facts: Facts) -> Condition | None:
    need = policy.drift_psi_ceiling
    if not policy.drift_trains:
        return None
    if facts.psi is None:
        sentence = "Or on drift: how far questions have moved is not known yet."
        return _condition("drift", False, None, need, sentence)
    sentence = f"Or on drift: questions have moved by PSI {facts.psi:.2f}; it begins at {need:g}."
    return _condition("drift", facts.psi >= need, facts.psi, need, sentence)


def _schedule(policy: RetrainPolicy, facts: Facts) -> Condition | None:
    need = policy.schedule_days
    if need is None:
        return None
    since = facts.last_began or policy.created_at
    have = (facts.now - since) / timedelta(days=1)
    sentence = (
        f"Or on schedule: {lasted(facts.now - since)} since the last time, of "
        f"{counted(need, 'day')}, if there is anything new."
    )
    return _condition("schedule", have >= need, have, need, sentence)


def _base_shutdown(policy: RetrainPolicy, facts: Facts) -> Condition | None:
    if facts.base_shutdown is None:
        return None
    days = (facts.base_shutdown - facts.now.date()).days
    if days > SHUTDOWN_DAYS:
        return None
    sentence = (
        f"The base model ends on {facts.base_shutdown}, in {days} days: time to tune another on "
        "the same data."
        if days >= 0
        else f"The base model ended on {facts.base_shutdown}: tune another on the same data."
    )
    return _condition("base_shutdown", True, days, SHUTDOWN_DAYS, sentence)


COMMON: tuple[Callable[[RetrainPolicy, Facts], Condition], ...] = (
    _enabled,
    _consent,
    _no_open_cycle,
    _failures,
    _cooldown,
    _debounce,
    _budget,
    _backend,
    _agreement,
)
"""What must hold whatever sets a cycle off."""
OTHERS: dict[TriggerKind, Callable[[RetrainPolicy, Facts], Condition | None]] = {
    TriggerKind.BASE_SHUTDOWN: _base_shutdown,
    TriggerKind.THUMBS: _thumbs,
    TriggerKind.DRIFT: _drift,
    TriggerKind.SCHEDULE: _schedule,
}
"""What may set a cycle off beside corrections, most urgent first."""


def _condition(
    name: str, met: bool, have: float | None, need: float | None, sentence: str
) -> Condition:
    return Condition(name=name, met=met, have=have, need=need, sentence=sentence)
