"""Gate and rollout in rows: what was checked, with which numbers, and how the trial stands."""

from __future__ import annotations

import math
from dataclasses import dataclass

from studio.domain.gates import GateCheck, GateDecision
from studio.domain.rollouts import Arm, Rollout, RolloutCheck
from studio.ui.kit.badge import Tone
from studio.ui.pages import figures
from studio.ui.pages.deployments.words import VERDICTS, check_title

ENDINGS: dict[str, str] = {
    "baking": "Promoted and still watched",
    "completed": "It went well to its end",
    "rolled_back": "The candidate was taken back",
    "stopped": "It was stopped",
}
"""What is said of a trial that is past its stages."""
FACTORS = ("latency_p95", "cost_per_answer")
"""Checks whose interval and limit are factors; those of all others are shares, in points."""


@dataclass(frozen=True, kw_only=True)
class CheckRow:
    """One check of the gate."""

    title: str
    sentence: str
    method: str
    numbers: str
    value: float | None
    low: float | None
    high: float | None
    threshold: float | None
    nothing: float
    """Where no difference lies."""
    verdict: str
    tone: Tone
    blocking: bool


def check_rows(gate: GateDecision) -> list[CheckRow]:
    """Every check, those that stand in the way first."""
    order = {"fail": 0, "inconclusive": 1, "pass": 2, "skipped": 3}
    checks = sorted(gate.checks, key=lambda check: (not check.blocking, order[check.verdict]))
    return [_row(check) for check in checks]


def _row(check: GateCheck) -> CheckRow:
    words, tone = VERDICTS[check.verdict]
    return CheckRow(
        title=check_title(check.name),
        sentence=check.sentence,
        method=check.method,
        numbers=_numbers(check),
        value=_factor(check) if check.name in FACTORS else check.difference,
        low=check.low,
        high=check.high,
        threshold=check.threshold,
        nothing=1.0 if check.name in FACTORS else 0.0,
        verdict=words if check.blocking or check.verdict == "pass" else f"{words}, does not block",
        tone=tone,
        blocking=check.blocking,
    )


def _numbers(check: GateCheck) -> str:
    said = []
    if check.champion is not None and check.candidate is not None:
        said.append(f"{_value(check, check.champion)} → {_value(check, check.candidate)}")
    if check.wins is not None and check.losses is not None:
        said.append(f"{check.wins:,} won, {check.losses:,} lost")
    value = _factor(check) if check.name in FACTORS else check.difference
    if value is not None:
        said.append(_difference(check, value))
    if check.low is not None and check.high is not None:
        said.append(f"interval {_difference(check, check.low)} to {_difference(check, check.high)}")
    if check.p_value is not None:
        said.append(figures.p_value(check.p_value))
    if check.n is not None:
        said.append(f"n = {check.n:,}")
    return " · ".join(said)


def _value(check: GateCheck, value: float) -> str:
    return f"{value:,.3g}" if check.name in FACTORS else figures.share(value)


def _difference(check: GateCheck, value: float) -> str:
    return f"× {value:.2f}" if check.name in FACTORS else figures.points(value)


def _factor(check: GateCheck) -> float | None:
    if check.champion and check.candidate is not None:
        return check.candidate / check.champion
    return None


@dataclass(frozen=True, kw_only=True)
class RolloutNow:
    """The trial as the page shows it."""

    stage: str
    sentence: str
    e_value: float
    harm: str
    arms: tuple[tuple[str, str, str, str, str], ...]
    """Of each arm: name, answers, failed, liked, time."""


def rollout_now(rollout: Rollout, check: RolloutCheck | None) -> RolloutNow:
    """The newest look at a rollout in words."""
    if check is None:
        return RolloutNow(
            stage=stage_words(rollout),
            sentence="Nobody has looked yet; the first look follows soon.",
            e_value=1.0,
            harm="No pairs yet.",
            arms=(),
        )
    return RolloutNow(
        stage=stage_words(rollout),
        sentence=check.sentence,
        e_value=check.e_value,
        harm=f"{figures.many(check.harm, 'pair')} liked only the champion, "
        f"{check.help:,} only the candidate",
        arms=(_arm("Champion", check.champion), _arm("Candidate", check.candidate)),
    )


def stage_words(rollout: Rollout) -> str:
    """Which stage it is in."""
    if rollout.status in ENDINGS:
        return ENDINGS[rollout.status]
    if rollout.stage < 0:
        return "Shadow: it answers copies that nobody sees"
    stages = rollout.config.stages
    share = stages[min(rollout.stage, len(stages) - 1)]
    return f"Stage {rollout.stage + 1} of {len(stages)}: {figures.share(share, 0)} of the sessions"


def _arm(name: str, arm: Arm) -> tuple[str, str, str, str, str]:
    liked = f"{arm.up:,} of {arm.rated:,}" if arm.rated else "nobody rated"
    time = figures.UNKNOWN if arm.p95_seconds is None else f"{arm.p95_seconds:.2f} s"
    return name, f"{arm.answers:,}", f"{arm.errors:,}", liked, time


def on_log_scale(e_value: float, ceiling: float) -> float:
    """Where a harm e-value lies between 1/ceiling and ceiling, on a log scale, 0 to 1."""
    if e_value <= 0:
        return 0.0
    reach = math.log(ceiling)
    return min(1.0, max(0.0, (math.log(e_value) + reach) / (2 * reach)))
