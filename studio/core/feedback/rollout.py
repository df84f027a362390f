"""Rollout rule: whether a candidate gets more of the traffic, waits, or is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, NamedTuple

from studio.core.evaluation.rates import newcombe_independent
from studio.core.evaluation.statistics import Interval
from studio.core.feedback.harm import e_value
from studio.core.feedback.spans import counted, lasted
from studio.domain.rollouts import Arm, RolloutConfig

SHADOW = -1
"""Stage in which the candidate answers copies only."""
MOSTLY = 0.5
"""Share of failed answers that is too many, whatever the champion does."""

Action = Literal["wait", "advance", "rollback", "promote", "keep"]


class Decided(NamedTuple):
    """What is to be done with a candidate, and why."""

    action: Action
    e_value: float
    sentence: str


def decide(
    config: RolloutConfig,
    stage: int,
    champion: Arm,
    candidate: Arm,
    *,
    harm: int,
    help: int,
    hours: float,
    baking: bool = False,
) -> Decided:
    """Returns what one look at a rollout leads to.

    Args:
        config: how careful it is.
        stage: place in `config.stages`; -1 in shadow.
        champion: what was seen of the champion since the stage began.
        candidate: the same of the candidate; in shadow, of its copies.
        harm: pairs of rated answers in which only the champion's was liked, since the rollout began
            (a longer count than the arms': evidence of harm is never forgotten).
        help: the reverse.
        hours: since the stage began.
        baking: True once the candidate was promoted and is watched for a while longer.
    """
    evidence = e_value(harm, help)
    trouble = _trouble(config, champion, candidate)
    if evidence >= config.rollback_at:
        trouble = (
            f"The candidate is liked less: of {harm + help} pairs in which one answer was liked "
            f"and the other was not, {harm} were the champion's (evidence "
            f"{_evidence(evidence)}, taken back at {config.rollback_at:g})."
        )
    if trouble:
        return Decided("rollback", evidence, trouble)
    if baking:
        return _bake(config, candidate, evidence, hours)
    if stage == SHADOW:
        return _shadow(config, candidate, evidence)
    return _canary(config, stage, champion, candidate, evidence, hours)


def feedback_difference(champion: Arm, candidate: Arm) -> Interval:
    """Returns how much more often answers of the candidate are rated; missing thumbs say something.

    An arm whose users stop rating may be the one they gave up on.
    """
    return newcombe_independent(
        min(candidate.rated, candidate.answers),
        candidate.answers,
        min(champion.rated, champion.answers),
        champion.answers,
    )


def _trouble(config: RolloutConfig, champion: Arm, candidate: Arm) -> str:
    """Returns which hard limit is broken; empty when none is."""
    if candidate.errors >= config.min_errors:
        rate = candidate.errors / candidate.answers
        usual = _usual_errors(champion)
        if rate > config.max_error_ratio * usual:
            return (
                f"Too many answers of the candidate failed: {candidate.errors} of "
                f"{candidate.answers}, and {champion.errors} of {champion.answers} of the "
                f"champion (more than {config.max_error_ratio:g} times as often)."
            )
    ours, theirs = champion.p95_seconds, candidate.p95_seconds
    if ours is not None and theirs is not None and theirs > config.max_latency_ratio * ours:
        return (
            f"The candidate is too slow: 95 % of its answers take up to {theirs:.2f} s, the "
            f"champion's {ours:.2f} s (more than {config.max_latency_ratio:g} times as long)."
        )
    return ""


def _usual_errors(champion: Arm) -> float:
    """Returns how often the champion fails; having seen no failure is not never failing."""
    if champion.answers == 0:
        return MOSTLY / 2
    return max(champion.errors / champion.answers, 1 / (champion.answers + 1))


def _shadow(config: RolloutConfig, candidate: Arm, evidence: float) -> Decided:
    answered, needed = candidate.answers - candidate.errors, config.shadow_replies
    if answered < needed:
        sentence = f"In shadow: {answered} of {needed} copies of requests were answered."
        return Decided("wait", evidence, sentence)
    if _mostly_fails(candidate):
        return Decided("wait", evidence, _failing(candidate))
    sentence = f"In shadow {answered} copies of requests were answered, within every limit."
    return Decided("advance", evidence, sentence)


def _canary(
    config: RolloutConfig,
    stage: int,
    champion: Arm,
    candidate: Arm,
    evidence: float,
    hours: float,
) -> Decided:
    share = f"At {config.stages[stage]:.0%}"
    last = stage >= len(config.stages) - 2
    waits = [
        *_unripe(config, champion, candidate, hours),
        *_doubts(config, champion, candidate, evidence),
    ]
    if last and candidate.answers == 0:
        waits.append("the candidate has answered nobody in this stage")
    if waits:
        return Decided("wait", evidence, f"{share}: {_joined(waits)}.")
    seen = (
        f"{share} for {lasted(timedelta(hours=hours))}: {_liked('champion', champion)}, "
        f"{_liked('candidate', candidate)}; evidence of harm {_evidence(evidence)}."
    )
    return Decided("promote" if last else "advance", evidence, seen)


def _unripe(config: RolloutConfig, champion: Arm, candidate: Arm, hours: float) -> list[str]:
    rated = min(champion.rated, candidate.rated)
    if rated >= config.rated_per_arm or hours >= config.stage_hours:
        return []
    return [
        f"{candidate.rated} answers of the candidate and {champion.rated} of the champion are "
        f"rated; it goes on at {config.rated_per_arm} of each, or after "
        f"{counted(config.stage_hours, 'hour')} (it has been {lasted(timedelta(hours=hours))})"
    ]


def _doubts(config: RolloutConfig, champion: Arm, candidate: Arm, evidence: float) -> list[str]:
    """Returns what forbids to go on without being bad enough to go back."""
    doubts = []
    if evidence >= config.advance_below:
        doubts.append(
            f"evidence of harm is {_evidence(evidence)}, and it goes on below "
            f"{config.advance_below:g}"
        )
    if _mostly_fails(candidate):
        doubts.append(_failing(candidate).rstrip("."))
    rate = feedback_difference(champion, candidate)
    if rate.low > 0 or rate.high < 0:
        word = "more" if rate.value > 0 else "less"
        doubts.append(
            f"answers of the candidate are rated {word} often ({candidate.rated} of "
            f"{candidate.answers} against {champion.rated} of {champion.answers}), so thumbs of "
            "the two cannot be compared"
        )
    return doubts


def _bake(config: RolloutConfig, candidate: Arm, evidence: float, hours: float) -> Decided:
    days = hours / 24
    if days < config.bake_days and candidate.rated < config.bake_rated:
        sentence = (
            f"Watched since its promotion: {candidate.rated} of {config.bake_rated} rated answers, "
            f"day {days:.1f} of {config.bake_days:g}; evidence of harm {_evidence(evidence)}."
        )
        return Decided("wait", evidence, sentence)
    if evidence >= config.advance_below:
        sentence = (
            f"It is watched on: evidence of harm is {_evidence(evidence)}, and the watch ends "
            f"below {config.advance_below:g}."
        )
        return Decided("wait", evidence, sentence)
    sentence = (
        f"It stays: {_liked('new champion', candidate)} in "
        f"{lasted(timedelta(hours=hours))}; evidence of harm "
        f"{_evidence(evidence)}."
    )
    return Decided("keep", evidence, sentence)


def _mostly_fails(candidate: Arm) -> bool:
    return candidate.errors > MOSTLY * candidate.answers


def _failing(candidate: Arm) -> str:
    return f"{candidate.errors} of {candidate.answers} answers of the candidate failed."


def _liked(name: str, arm: Arm) -> str:
    return f"{arm.up} of {arm.rated} rated answers of the {name} were liked"


def _evidence(value: float) -> str:
    return f"{value:.2f}" if value < 1000 else "above 1000"


def _joined(parts: Sequence[str]) -> str:
    return "; ".join(parts)
