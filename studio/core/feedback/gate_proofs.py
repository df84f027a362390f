"""Gate proofs: enough questions, no regression, and corrections that are really fixed."""

from __future__ import annotations

from collections.abc import Sequence

from studio.core.evaluation.statistics import Z90, Z95, mcnemar_one_sided
from studio.core.feedback.gate_pairs import Accuracy, Outcome, Paired, accuracy, closer
from studio.domain.gates import GateCheck, GateConfig, Verdict

NEWCOMBE = "Newcombe, paired, 90 %"
SIGN = "exact sign test, one-sided"
WORN_AFTER = 10
"""Gates on the same reference questions after which some of them should be new."""
FRESH = 0.2
"""Share of them that should be."""


def enough(name: str, n: int, least: int, what: str) -> GateCheck:
    """Says whether there are enough questions to prove anything."""
    met = n >= least
    return GateCheck(
        name=name,
        kind="min_n",
        method="count",
        n=n,
        threshold=least,
        verdict="pass" if met else "inconclusive",
        sentence=f"{n} {what}, at least {least} are asked for."
        + ("" if met else " Too few to prove that nothing gets worse."),
    )


def no_regression_champion(config: GateConfig, golden: Sequence[Paired]) -> GateCheck:
    """Says whether the candidate is surely not much worse than what answers today."""
    pairs = [(pair.candidate, pair.champion) for pair in golden]
    return _no_regression("no_regression_champion", "champion", config, pairs)


def no_regression_anchor(config: GateConfig, golden: Sequence[Paired], anchor: str) -> GateCheck:
    """Says whether many small losses since the first approved revision add up to a large one."""
    name = "no_regression_anchor"
    if anchor == "none":
        return skipped(name, "non_inferiority", NEWCOMBE, "There is no anchor to compare with.")
    if anchor == "champion":
        sentence = "The anchor is the champion itself, so the check against it says the same."
        return skipped(name, "non_inferiority", NEWCOMBE, sentence)
    pairs = [(pair.candidate, pair.anchor) for pair in golden if pair.anchor is not None]
    if len(pairs) < len(golden):
        return GateCheck(
            name=name,
            kind="non_inferiority",
            method=NEWCOMBE,
            n=len(pairs),
            threshold=-config.max_loss,
            verdict="inconclusive",
            sentence=f"The anchor answered only {len(pairs)} of {len(golden)} questions.",
        )
    return _no_regression(name, "anchor", config, pairs)


def forgetting(golden: Sequence[Paired], anchor: str, max_loss: float) -> GateCheck:
    """Reports what of the anchor's knowledge is lost; blocks nothing."""
    name, method = "forgetting", "Newcombe, paired, 95 %"
    if anchor == "champion":
        pairs = [(pair.candidate, pair.champion) for pair in golden]
    else:
        pairs = [(pair.candidate, pair.anchor) for pair in golden if pair.anchor is not None]
    if not pairs:
        sentence = "Nothing was asked of an anchor, so what was forgotten is not known."
        return skipped(name, "guardrail", method, sentence, blocking=False)
    seen = accuracy(pairs, Z95)
    interval = seen.difference
    # Here a small loss that is sure is told as one, though it may be allowed.
    verdict = "fail" if interval.high < 0 else kept(seen, max_loss)
    return _check(
        name,
        seen,
        kind="guardrail",
        method=method,
        threshold=None,
        verdict=verdict,
        blocking=False,
        sentence=f"Of {seen.n} reference questions {seen.only_other} are no longer answered right "
        f"that the anchor got right, and {seen.only_candidate} are that it did not "
        f"({points(interval.value)} points, {points(interval.low)} to {points(interval.high)}).",
    )


def golden_wear(uses: int) -> GateCheck:
    """Reports how often the same reference questions were asked before; blocks nothing.

    Champions are chosen by their luck on them too, so the longer they are used the less they say.
    """
    return GateCheck(
        name="golden_wear",
        kind="min_n",
        method="count",
        n=uses,
        threshold=WORN_AFTER,
        verdict="pass" if uses < WORN_AFTER else "inconclusive",
        blocking=False,
        sentence=wear(uses),
    )


def wear(uses: int) -> str:
    """Says how often the same reference questions were asked, and what to do when too often."""
    if uses < WORN_AFTER:
        return (
            f"{uses} of {WORN_AFTER} gates have used these reference questions; then {FRESH:.0%} "
            "of them should be new."
        )
    return (
        f"{uses} gates have used these reference questions, and after {WORN_AFTER} they say less: "
        f"replace at least {FRESH:.0%} of them with new ones."
    )


def fixes_corrections(config: GateConfig, holdout: Sequence[Paired]) -> GateCheck:
    """Says whether it is closer to corrections it never saw more often than chance explains."""
    wins, losses = closer(holdout)
    p, n = mcnemar_one_sided(wins, losses), len(holdout)
    verdict: Verdict = "inconclusive"
    if p <= config.significance:
        verdict = "pass"
    elif n >= config.min_holdout and wins <= losses:
        # More questions may still show otherwise; but it does not do what it was trained for.
        verdict = "fail"
    tail = {
        "pass": ".",
        "fail": ": it does not fix what was corrected.",
        "inconclusive": ": this can be chance.",
    }[verdict]
    return GateCheck(
        name="fixes_corrections",
        kind="superiority",
        method=SIGN,
        n=n,
        n_discordant=wins + losses,
        wins=wins,
        losses=losses,
        p_value=p,
        threshold=config.significance,
        verdict=verdict,
        sentence=f"Closer to the correction on {wins} of {n} held-out corrections, less close on "
        f"{losses} (p = {p_value(p)}){tail}",
    )


def kept(seen: Accuracy, margin: float) -> Verdict:
    """Says whether the candidate is no worse: it surely lost less, surely lost, or neither."""
    if seen.difference.low > -margin:
        return "pass"
    return "fail" if seen.difference.high < 0 else "inconclusive"


def skipped(
    name: str, kind: str, method: str, sentence: str, *, blocking: bool = True
) -> GateCheck:
    """Returns a check that does not apply, and why."""
    return GateCheck.model_validate(
        {
            "name": name,
            "kind": kind,
            "method": method,
            "verdict": "skipped",
            "blocking": blocking,
            "sentence": sentence,
        }
    )


def points(share: float) -> str:
    """Writes a difference of shares in points, with its sign."""
    return f"{100 * share:+.1f}".replace("-", "−")


def p_value(p: float) -> str:
    """Writes a p-value as people read it."""
    return "below 0.001" if p < 0.001 else f"{p:.3f}"


def _no_regression(
    name: str, other: str, config: GateConfig, pairs: Sequence[tuple[Outcome, Outcome]]
) -> GateCheck:
    seen, margin = accuracy(pairs, Z90), config.max_loss
    verdict = kept(seen, margin)
    worst = f"in the worst case {100 * max(0.0, -seen.difference.low):.1f} points lower"
    allowed = f"{100 * margin:g} are allowed"
    tail = {
        "pass": f"{worst}, and {allowed}.",
        "fail": f"surely lower, {worst}, and {allowed}.",
        "inconclusive": f"{worst}, and {allowed}: too few questions to be sure.",
    }[verdict]
    sentence = "No reference question was asked."
    if seen.n:
        sentence = (
            f"Right on {_share(seen.candidate)} of {seen.n} reference questions, the {other} on "
            f"{_share(seen.other)} ({seen.only_candidate} gained, {seen.only_other} lost); {tail}"
        )
    return _check(
        name,
        seen,
        kind="non_inferiority",
        method=NEWCOMBE,
        threshold=-margin,
        verdict=verdict,
        blocking=True,
        sentence=sentence,
    )


def _check(
    name: str,
    seen: Accuracy,
    *,
    kind: str,
    method: str,
    threshold: float | None,
    verdict: Verdict,
    blocking: bool,
    sentence: str,
) -> GateCheck:
    return GateCheck.model_validate(
        {
            "name": name,
            "kind": kind,
            "method": method,
            "n": seen.n,
            "n_discordant": seen.only_candidate + seen.only_other,
            "wins": seen.only_candidate,
            "losses": seen.only_other,
            "champion": seen.other,
            "candidate": seen.candidate,
            "difference": seen.difference.value if seen.n else None,
            "low": seen.difference.low,
            "high": seen.difference.high,
            "threshold": threshold,
            "verdict": verdict,
            "blocking": blocking,
            "sentence": sentence,
        }
    )


def _share(rate: float | None) -> str:
    return "an unknown share" if rate is None else f"{rate:.1%}"
