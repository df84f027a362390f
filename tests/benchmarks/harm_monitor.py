"""Operating characteristics of the harm monitor: `python -m tests.benchmarks.harm_monitor --json`.

Rollouts whose truth is known are watched thumb by thumb under the studio's own rule, up to 1,500
rated pairs each. How often a healthy candidate is taken back, how often a harmful one, and after
how many pairs, is compared with the published figures; a z-test that is looked at every five pairs
runs beside it on the same thumbs.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from math import sqrt
from typing import Any, NamedTuple

import numpy as np

from studio.core.evaluation.statistics import Z90
from studio.core.feedback import rollout
from studio.domain.rollouts import Arm, RolloutConfig
from tests.benchmarks.output import circumstances, give, say

PAIRS = 1500
CONFIG = RolloutConfig()
FINE = Arm(answers=1000, rated=100, up=80)
NEVER = PAIRS + 1


class Truth(NamedTuple):
    """How often each arm is truly liked, and what was published of it."""

    champion: float
    candidate: float
    taken_back: float
    """Share of rollouts."""
    pairs: int | None
    """Median until then; None where hardly any is."""


TRUTHS = (
    Truth(0.8, 0.8, 0.025, None),
    Truth(0.9, 0.9, 0.013, None),
    Truth(0.8, 0.85, 0.0, None),
    Truth(0.8, 0.7, 0.998, 228),
    Truth(0.8, 0.6, 1.0, 70),
    Truth(0.8, 0.5, 1.0, 33),
    Truth(0.9, 0.8, 1.0, 162),
    Truth(0.9, 0.7, 1.0, 49),
)
PEEKED = 0.33
"""Published share of healthy candidates that a peeked z-test takes back."""
PUBLISHED_DRAWS = 400
"""All published shares are multiples of a 400th, so chance moves them by a point."""
ERRORS = 3
"""Standard errors, of their rollouts and ours together, that a share or a median may be off by."""
PROMISED = 0.05
"""Most of the healthy candidates that may ever be taken back."""


def parser() -> argparse.ArgumentParser:
    """Returns the command's options."""
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks.harm_monitor")
    options.add_argument("--json", action="store_true", help="nothing but the JSON line on stdout")
    options.add_argument("--draws", type=int, default=4000, help="rollouts for each truth")
    options.add_argument("--seed", type=int, default=2026)
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the benchmark."""
    wanted = parser().parse_args(arguments)
    figures = measured(wanted.draws, wanted.seed)
    rows = [("liked", "published", "found", "median published", "median found")]
    for one in figures["rollouts"]:
        medians = (one["published_pairs"] or "–", one["pairs"] or "–")
        rows.append(
            (
                f"{one['champion']} → {one['candidate']}",
                f"{one['published']:.3f}",
                f"{one['taken_back']:.4f}",
                *map(str, medians),
            )
        )
    rows.append(("peeked z-test", f"{PEEKED}", f"{figures['peeked_z_test']:.3f}", "–", "–"))
    give(rows, figures, as_json=wanted.json)


def measured(draws: int, seed: int) -> dict[str, Any]:
    """Returns what became of every rollout, beside what was published."""
    draw, limits = np.random.default_rng(seed), boundary()
    found = []
    for truth in TRUTHS:
        say(f"{truth.champion} against {truth.candidate} …")
        found.append(_watched(draw, truth, draws, limits))
    peeked = peeked_z_test(draw, 0.8, draws)
    error = sqrt(peeked * (1 - peeked) * (1 / PUBLISHED_DRAWS + 1 / draws))
    agrees = all(one["agrees"] for one in found) and abs(peeked - PEEKED) <= ERRORS * error
    return {
        "benchmark": "harm_monitor",
        **circumstances(),
        "draws": draws,
        "seed": seed,
        "pairs": PAIRS,
        "agrees": agrees,
        "worst_deviation": max(one["deviation"] for one in found),
        "worst_median_ratio": max(
            abs(one["pairs"] / one["published_pairs"] - 1) for one in found if one["pairs"]
        ),
        "peeked_z_test": peeked,
        "rollouts": found,
    }


def boundary() -> np.ndarray[Any, Any]:
    """Returns, for each count of help, the least harm at which a candidate is taken back."""
    least, harm = [], 0
    for help in range(PAIRS + 1):
        while harm <= PAIRS and not takes_back(harm, help):
            harm += 1
        least.append(harm)
    return np.array(least)


def takes_back(harm: int, help: int) -> bool:
    """Asks the rule of the studio."""
    seen = rollout.decide(CONFIG, 1, FINE, FINE, harm=harm, help=help, hours=1)
    return seen.action == "rollback"


def stops(
    draw: np.random.Generator, ours: float, theirs: float, draws: int, limits: Any
) -> np.ndarray[Any, Any]:
    """Returns after how many pairs each rollout was taken back, `NEVER` for those that were not."""
    liked, also = draw.random((draws, PAIRS)) < ours, draw.random((draws, PAIRS)) < theirs
    harm, help = (liked & ~also).cumsum(axis=1), (also & ~liked).cumsum(axis=1)
    reached = harm >= limits[help]
    return np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, NEVER)


def peeked_z_test(draw: np.random.Generator, liked: float, draws: int) -> float:
    """Returns how often a one-sided z-test at 5 % calls equal arms different, once in 5 pairs."""
    ours, theirs = (draw.random((draws, PAIRS)) < liked for _ in range(2))
    n = np.arange(1, PAIRS + 1)
    pooled = (ours + theirs.astype(int)).cumsum(axis=1) / (2 * n)
    gap = (ours.cumsum(axis=1) - theirs.cumsum(axis=1)) / n
    error = np.sqrt(np.maximum(2 * pooled * (1 - pooled) / n, 1e-12))
    return float((gap / error > Z90)[:, 4::5].any(axis=1).mean())


def _watched(draw: np.random.Generator, truth: Truth, draws: int, limits: Any) -> dict[str, Any]:
    ends = stops(draw, truth.champion, truth.candidate, draws, limits)
    taken = float((ends < NEVER).mean())
    median = None if truth.pairs is None else int(np.median(ends))
    wide = ERRORS * sqrt(0.25 / PUBLISHED_DRAWS)
    low, high = (int(end) for end in np.quantile(ends, [0.5 - wide, 0.5 + wide]))
    deviation = abs(taken - truth.taken_back)
    healthy = truth.candidate >= truth.champion
    exact = false_alarms(limits, _disagreeing(truth)) if truth[0] == truth[1] else None
    chance = exact if exact is not None else max(taken, 1 / PUBLISHED_DRAWS)
    error = sqrt(chance * (1 - chance) * (1 / PUBLISHED_DRAWS + 1 / draws))
    return {
        "champion": truth.champion,
        "candidate": truth.candidate,
        "published": truth.taken_back,
        "taken_back": taken,
        "exact": exact,
        "tolerance": round(ERRORS * error, 4),
        "published_pairs": truth.pairs,
        "pairs": median,
        "deviation": deviation,
        "pairs_from": None if median is None else low,
        "pairs_to": None if median is None else high,
        "agrees": deviation <= ERRORS * error
        and (truth.pairs is None or low <= truth.pairs <= high)
        and not (healthy and taken > PROMISED),
    }


def false_alarms(limits: Any, pairs: int) -> float:
    """Returns the chance that equal arms are ever called different, summed over all ways there."""
    waiting, alarms = np.array([1.0]), 0.0
    for n in range(1, pairs + 1):
        after = np.zeros(n + 1)
        after[1:] += waiting / 2
        after[:-1] += waiting / 2
        harm = np.arange(n + 1)
        over = harm >= limits[n - harm]
        alarms += float(after[over].sum())
        waiting = np.where(over, 0.0, after)
    return alarms


def _disagreeing(truth: Truth) -> int:
    """Returns how many of the pairs are expected to say anything."""
    ours, theirs = truth.champion, truth.candidate
    return round(PAIRS * (ours * (1 - theirs) + theirs * (1 - ours)))


if __name__ == "__main__":
    main()
