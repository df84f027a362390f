"""Gate: whether a candidate may go on, decided by every check and never by a doubt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from studio.core.feedback import gate_guardrails as guardrails
from studio.core.feedback import gate_proofs as proofs
from studio.core.feedback.gate_pairs import Outcome, Paired
from studio.domain.gates import GateCheck, GateConfig

__all__ = ["Anchor", "Decided", "Outcome", "Paired", "decide", "verdict"]

Anchor = Literal["none", "champion", "another"]
"""Whether a deployment has an anchor, and whether it is the champion itself."""
Decision = Literal["pass", "fail", "inconclusive"]


class Decided(NamedTuple):
    """What a gate comes to."""

    verdict: Decision
    checks: tuple[GateCheck, ...]
    summary: str
    """Plain sentences with the numbers that decided."""


def decide(
    config: GateConfig,
    *,
    golden: Sequence[Paired],
    holdout: Sequence[Paired],
    safety: Sequence[Paired] = (),
    anchor: Anchor = "none",
    uses: int = 0,
    seed: int = 0,
) -> Decided:
    """Returns all checks of a candidate and what follows from them.

    Args:
        config: what it must prove.
        golden: reference questions, frozen.
        holdout: corrections that no cycle trains on.
        safety: questions of which none may be answered wrong that was answered right.
        anchor: `another` when each of `golden` was put to the anchor too.
        uses: gates that asked the same reference questions before.
        seed: of the resamples behind time and cost.
    """
    asked = [*golden, *holdout]
    checks = (
        proofs.enough("min_golden", len(golden), config.min_golden, "reference questions"),
        proofs.enough("min_holdout", len(holdout), config.min_holdout, "held-out corrections"),
        proofs.fixes_corrections(config, holdout),
        proofs.no_regression_champion(config, golden),
        proofs.no_regression_anchor(config, golden, anchor),
        guardrails.slices(config, golden),
        guardrails.validity(config, asked),
        guardrails.safety(safety),
        guardrails.personal_data([*asked, *safety]),
        guardrails.refusals(asked),
        guardrails.latency_p95(config, asked, seed),
        guardrails.cost_per_answer(config, asked, seed),
        proofs.forgetting(golden, anchor, config.max_loss),
        proofs.golden_wear(uses),
    )
    decision = verdict(checks)
    return Decided(decision, checks, _summary(decision, checks))


def verdict(checks: Sequence[GateCheck]) -> Decision:
    """Returns fail if anything that blocks fails, inconclusive if anything of it is in doubt."""
    blocking = [check.verdict for check in checks if check.blocking]
    if "fail" in blocking:
        return "fail"
    # Without one proof there is nothing to go by, whatever was skipped.
    if "inconclusive" in blocking or "pass" not in blocking:
        return "inconclusive"
    return "pass"


def _summary(decision: Decision, checks: Sequence[GateCheck]) -> str:
    # What was proven with worn questions was proven less well than it reads.
    worn = [c.sentence for c in checks if c.name == "golden_wear" and c.verdict != "pass"]
    if decision == "pass":
        return " ".join([_proven(checks), *worn])
    decided = [check.sentence for check in checks if check.blocking and check.verdict == decision]
    begin = "Not good enough." if decision == "fail" else "Not proven."
    return " ".join([begin, *decided, *worn])


def _proven(checks: Sequence[GateCheck]) -> str:
    by_name = {check.name: check for check in checks}
    fixed, kept = by_name["fixes_corrections"], by_name["no_regression_champion"]
    loss = 100 * max(0.0, -(kept.low or 0.0))
    return (
        f"Better on {fixed.wins} of {fixed.n} held-out corrections "
        f"(p = {proofs.p_value(fixed.p_value or 0.0)}); no loss larger than {loss:.1f} points on "
        f"{kept.n} reference questions."
    )
