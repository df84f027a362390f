"""Triggers: whether a deployment begins a retraining by itself now, and what it waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studio.core.feedback.conditions import (
    COMMON,
    OTHERS,
    REFUSED,
    Facts,
    corrections,
    needed,
    one_rater,
    raters,
)
from studio.domain.retraining import Condition, Readiness, RetrainPolicy, TriggerKind

__all__ = ["Facts", "readiness"]


def readiness(policy: RetrainPolicy, facts: Facts) -> Readiness:
    """Returns whether a cycle would begin now, why, and every condition with its numbers.

    What is needed always comes first, then what each kind of trigger needs; those a policy has not
    asked for are left out.
    """
    common = [rule(policy, facts) for rule in COMMON]
    data = [corrections(policy, facts), raters(policy, facts), one_rater(policy, facts)]
    others = {
        kind: condition
        for kind, rule in OTHERS.items()
        if (condition := rule(policy, facts)) is not None
    }
    conditions = (*common, *data, *others.values())
    fires = None
    if all(condition.met for condition in common):
        fires = _fires(policy, facts, data, others)
    if fires is not None:
        reason = others[fires] if fires in others else data[0]
        return Readiness(fires=fires, conditions=conditions, sentence=reason.sentence)
    # Who gave corrections is worth a word once there are enough of them.
    missing = [condition for condition in data if not condition.met][:1]
    missing += [condition for condition in common if not condition.met]
    sentence = " ".join(condition.sentence for condition in missing)
    return Readiness(conditions=conditions, sentence=sentence)


def _fires(
    policy: RetrainPolicy,
    facts: Facts,
    data: Sequence[Condition],
    others: Mapping[TriggerKind, Condition],
) -> TriggerKind | None:
    if all(condition.met for condition in data):
        return TriggerKind.CORRECTIONS
    # Without anything new the same training would be done again; after a bad end "anything" is as
    # much as for a trigger by corrections.
    least = needed(policy, facts) if facts.last_outcome in REFUSED else 1
    fresh = facts.groups >= least and all(condition.met for condition in data[1:])
    for kind, condition in others.items():
        untried = kind is TriggerKind.BASE_SHUTDOWN and not facts.shutdown_tried
        if condition.met and (fresh or untried):
            return kind
    return None
