"""Power: what a golden set and held-out corrections of a size can prove, told before training."""

from __future__ import annotations

from functools import lru_cache
from math import ceil, exp, floor, lgamma, log, sqrt
from typing import NamedTuple

from studio.core.evaluation.statistics import Z90, mcnemar_one_sided
from studio.core.feedback.gate_pairs import counted
from studio.core.feedback.gate_proofs import kept
from studio.domain.gates import GateConfig

MOST = 5000
"""Size up to which a set is looked for that can prove something."""
RARE = 1e-9
"""Outcomes less likely than this are left out of a sum."""
ENOUGH = 0.8
"""Chance to pass a better model from which a set is called large enough: the usual power."""
UNCHANGED = 0.04, 0.04
"""A model as good as the champion: right where only it is, and wrong where only it is."""
GOOD = 0.045, 0.035
"""One that is a point better."""
FIXED = 0.60, 0.15
"""What that one does with held-out corrections: closer on so many, less close on so many."""
LARGE = 1000
"""Size beyond which chances are those of this one: near enough to certain."""


class Outlook(NamedTuple):
    """What questions of a number can prove."""

    losses: int | None
    """Right answers that may be lost when none is gained; None: not even an equal model passes."""
    unchanged: float
    """Chance that a model which is just as good passes the check against regression."""
    better: float
    """Chance that one which is a point better does."""
    fixes: float
    """Chance that corrections which are really fixed are seen to be."""
    passes: float
    """Chance that a better model passes both."""
    least: int | None
    """Reference questions below which not even the same answers pass."""
    sentences: tuple[str, ...]


@lru_cache(maxsize=4096)
def least_wins(disagreements: int, significance: float = 0.05) -> int | None:
    """Returns the least number of wins that is no chance; None when even all would be."""
    # Fewer than half never are; a little above is where the normal curve puts it.
    wins = ceil(disagreements / 2)
    wins = max(wins, floor(wins + 0.5 * sqrt(disagreements)) - 1)
    while wins > 0 and mcnemar_one_sided(wins - 1, disagreements - wins + 1) <= significance:
        wins -= 1
    while wins <= disagreements:
        if mcnemar_one_sided(wins, disagreements - wins) <= significance:
            return wins
        wins += 1
    return None


def losses_tolerated(n: int, wins: int, right: float, margin: float) -> int | None:
    """Returns how many right answers may be lost for `wins` gained ones; None: not even none.

    Args:
        n: reference questions.
        wins: gained by the candidate.
        right: share that the champion has right.
        margin: share that may be lost in the worst case.
    """
    champion = round(n * right)
    most = None
    for losses in range(champion + 1):
        if not keeps(n, champion, wins, losses, margin):
            return most
        most = losses
    return most


def least_questions(right: float, margin: float) -> int | None:
    """Returns from how many questions on a model with the very same answers passes."""
    failing = 0
    for n in range(1, MOST + 1):
        if not keeps(n, round(n * right), 0, 0, margin):
            failing = n
        elif n > 2 * failing + 50:
            # Rounding lets a few sizes pass early; so far beyond the last that failed, none does.
            return failing + 1
    return None


def chance_to_keep(n: int, *, right: float, gain: float, loss: float, margin: float) -> float:
    """Returns the chance that a candidate passes the check against regression.

    Summed over all numbers of gained and lost answers; what both have right is taken at its mean.

    Args:
        n: reference questions.
        right: share that the champion has right.
        gain: share that only the candidate has right, in truth.
        loss: share that only the champion has right.
        margin: share that may be lost in the worst case.
    """
    rest = 1 - gain - loss
    share = (right - loss) / rest if rest > 0 else 0.0
    chance = 0.0
    for wins in range(n + 1):
        for losses in range(n - wins + 1):
            weight = _trinomial(n, wins, losses, gain, loss)
            if weight > RARE:
                champion = round((n - wins - losses) * share) + losses
                chance += weight * keeps(n, champion, wins, losses, margin)
            elif losses > loss * n:
                break
    return chance


def chance_to_fix(n: int, *, closer: float, further: float, significance: float) -> float:
    """Returns the chance that fixed corrections pass the sign test, summed over all outcomes."""
    chance = 0.0
    for wins in range(n + 1):
        for losses in range(n - wins + 1):
            weight = _trinomial(n, wins, losses, closer, further)
            if weight > RARE:
                least = least_wins(wins + losses, significance)
                chance += weight * (least is not None and wins >= least)
            elif losses > further * n:
                break
    return chance


def keeps(n: int, champion: int, wins: int, losses: int, margin: float) -> bool:
    """Says whether such an outcome passes the check against regression."""
    both, neither = champion - losses, n - champion - wins
    if both < 0 or neither < 0:
        return False
    return kept(counted(both, wins, losses, neither, Z90), margin) == "pass"


@lru_cache(maxsize=256)
def outlook(config: GateConfig, golden: int, holdout: int, right: float = 0.8) -> Outlook:
    """Returns what sets of these sizes can prove, with sentences to show before training.

    Args:
        config: what a candidate must prove.
        golden: reference questions.
        holdout: held-out corrections.
        right: share of the reference questions that the champion has right.
    """
    margin = config.max_loss
    losses = losses_tolerated(golden, 0, right, margin) if golden else None
    unchanged, better = (
        chance_to_keep(min(golden, LARGE), right=right, gain=gain, loss=loss, margin=margin)
        for gain, loss in (_possible(UNCHANGED, right), _possible(GOOD, right))
    )
    fixes = chance_to_fix(
        min(holdout, LARGE), closer=FIXED[0], further=FIXED[1], significance=config.significance
    )
    least = least_questions(right, margin)
    seen = Outlook(losses, unchanged, better, fixes, better * fixes, least, ())
    return seen._replace(sentences=_sentences(config, golden, holdout, seen))


def _sentences(config: GateConfig, golden: int, holdout: int, seen: Outlook) -> tuple[str, ...]:
    said = []
    if seen.losses is None:
        least = "more" if seen.least is None else f"{seen.least}"
        said.append(
            f"With {golden} reference questions not even a model that answers the very same can "
            f"prove that it is not worse; it takes {least}."
        )
    else:
        said.append(
            f"With {golden} reference questions a model that gains nothing may lose at "
            f"most {seen.losses} right answers."
        )
    said.append(
        f"A model that is just as good passes this check {_of_100(seen.unchanged)}, one that is a "
        f"point better {_of_100(seen.better)}."
    )
    said.append(
        f"With {holdout} held-out corrections a model that fixes three in five of them and harms "
        f"three in twenty is recognised {_of_100(seen.fixes)}."
    )
    short = [
        f"{least} {what}"
        for n, least, what in (
            (golden, config.min_golden, "reference questions"),
            (holdout, config.min_holdout, "held-out corrections"),
        )
        if n < least
    ]
    if short:
        said.append(f"The gate decides nothing below {' and '.join(short)}.")
    if seen.passes < ENOUGH:
        said.append(
            "The golden set is too small to prove safety: it should grow."
            if seen.better <= seen.fixes
            else "The held-out corrections are too few to prove that anything is fixed."
        )
    return tuple(said)


def _of_100(chance: float) -> str:
    return f"{100 * chance:.0f} times in 100"


def _possible(rates: tuple[float, float], right: float) -> tuple[float, float]:
    """Cuts what is gained and lost to what there is to gain and to lose."""
    gain, loss = rates
    return min(gain, 1 - right), min(loss, right)


def _trinomial(n: int, wins: int, losses: int, gain: float, loss: float) -> float:
    """Returns the chance of so many wins and losses among independent questions."""
    counts = (wins, gain), (losses, loss), (n - wins - losses, 1 - gain - loss)
    total = lgamma(n + 1)
    for count, share in counts:
        if count:
            if share <= 0:
                return 0.0
            total += count * log(share) - lgamma(count + 1)
    return exp(total)
