"""Operating characteristics of the gate: `python -m tests.benchmarks.gate_operating --json`.

Candidates whose truth is known are put to the gate as the studio has it, many times, and how often
each passes is compared with the published tables: what a suite of a size can prove, what a
candidate of each kind has for chances, and what twelve slightly worse candidates in a row do.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from studio.core.evaluation.statistics import Z90, mcnemar_one_sided
from studio.core.feedback import gate, power
from studio.core.feedback.gate_pairs import Outcome, Paired, counted
from studio.core.feedback.gate_proofs import kept
from studio.domain.gates import GateConfig
from tests.benchmarks import gate_tables as tables
from tests.benchmarks.output import circumstances, give, say

CONFIG = GateConfig(max_latency_ratio=None, max_cost_ratio=None)
RIGHT, WRONG = Outcome(1.0, True, True), Outcome(0.0, False, True)
CYCLES = 12


class Cell(NamedTuple):
    """One figure beside the published one."""

    table: str
    name: str
    published: float
    found: float
    tolerance: float

    @property
    def deviation(self) -> float:
        """How far apart they are."""
        return abs(self.found - self.published)

    @property
    def agrees(self) -> bool:
        """Whether that is within the tolerance."""
        return self.deviation <= self.tolerance + 1e-9


def parser() -> argparse.ArgumentParser:
    """Returns the command's options."""
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks.gate_operating")
    options.add_argument("--json", action="store_true", help="nothing but the JSON line on stdout")
    options.add_argument("--draws", type=int, default=4000, help="candidates for each cell")
    options.add_argument("--seed", type=int, default=2026)
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the benchmark."""
    wanted = parser().parse_args(arguments)
    figures = measured(wanted.draws, wanted.seed)
    rows = [("cell", "published", "found", "agrees")]
    for cell in figures["cells"]:
        numbers = (f"{cell['published']:.3f}", f"{cell['found']:.3f}")
        rows.append(
            (f"{cell['table']}: {cell['name']}", *numbers, "yes" if cell["agrees"] else "NO")
        )
    give(rows, figures, as_json=wanted.json)


def measured(draws: int, seed: int) -> dict[str, Any]:
    """Returns every cell, whether all agree, and the worst deviation."""
    draw = np.random.default_rng(seed)
    cells: list[Cell] = []
    for what, table in TABLES.items():
        say(f"{what} …")
        cells += table(draw, draws)
    return {
        "benchmark": "gate_operating",
        **circumstances(),
        "draws": draws,
        "seed": seed,
        "agrees": all(cell.agrees for cell in cells),
        "worst_deviation": max(cell.deviation for cell in cells),
        "worst_share_of_tolerance": max(
            cell.deviation / cell.tolerance for cell in cells if cell.tolerance
        ),
        "frozen_creep": frozen_creep(draw, min(draws, 400)),
        "cells": [{**cell._asdict(), "agrees": cell.agrees} for cell in cells],
    }


def exact(draw: np.random.Generator, draws: int) -> Iterator[Cell]:
    """Least wins, tolerated losses and least questions, which leave nothing to chance."""
    for n, wins in tables.LEAST_WINS.items():
        yield Cell("4.3 least wins", f"{n}", wins, power.least_wins(n) or 0, 0)
    for n, losses in tables.TOLERATED.items():
        for wins, published in zip((0, 2, 4, 8, 16), losses, strict=True):
            found = power.losses_tolerated(n, wins, 0.8, 0.03)
            yield Cell(
                "4.5 losses", f"{n}, {wins} won", published, -1 if found is None else found, 0
            )
    for right, least in tables.LEAST_QUESTIONS.items():
        found = power.least_questions(right, 0.03)
        yield Cell("4.5 least questions", f"right {right}", least, found or 0, 0)


def proofs(draw: np.random.Generator, draws: int) -> Iterator[Cell]:
    """What a suite of a size can show of a difference."""
    for n, published in tables.POWER.items():
        rates: dict[tuple[str, float], float] = {}
        for difference in tables.DIFFERENCES:
            seen = compared(draw, draws, n, 0.75, difference, max(0.15, abs(difference) + 0.02))
            rates["naive", difference] = share(b > c for _, b, c, _ in seen)
            rates["better", difference] = share(_better(b, c) for _, b, c, _ in seen)
            rates["keeps", difference] = share(_keeps(0.03, *cells) for cells in seen)
            if difference == 0:
                for (size, margin), rate in tables.MARGINS.items():
                    if size == n:
                        found = share(_keeps(margin, *cells) for cells in seen)
                        yield Cell("4.4 margins", f"{n}, {margin}", rate, found, 0.03)
        for (what, difference), rate in published.items():
            name = f"{n}, {what} at {difference:+.2f}"
            yield Cell("4.4 power", name, rate, rates[what, difference], 0.03)


def gates(draw: np.random.Generator, draws: int) -> Iterator[Cell]:
    """How often the whole gate lets each kind of candidate pass."""
    for (n, m), published in tables.PASSES.items():
        for (name, kind), rate in zip(tables.SCENARIOS.items(), published, strict=True):
            asked = compared(draw, draws, n, 0.8, kind.difference, kind.disagreement)
            fixed = draw.multinomial(
                m, [kind.closer, kind.further, 1 - kind.closer - kind.further], draws
            ).tolist()
            both = list(zip(asked, fixed, strict=True))
            found = share(_passes(*cells, *marks) for cells, marks in both)
            yield Cell("7 passes", f"{n} / {m} {name}", rate, found, 0.04)
            if name == "no change":
                naive = share(b >= c and won > lost for (_, b, c, _), (won, lost, _) in both)
                yield Cell("7 naive", f"{n} / {m} {name}", tables.NAIVE[n, m], naive, 0.04)


def parts(draw: np.random.Generator, draws: int) -> Iterator[Cell]:
    """How often each half of the gate alone lets candidates pass."""
    for n, rates in tables.KEEPS.items():
        for name, rate in zip(("no change", "good"), rates, strict=True):
            kind = tables.SCENARIOS[name]
            seen = compared(draw, draws, n, 0.8, kind.difference, kind.disagreement)
            found = share(_keeps(0.03, *cells) for cells in seen)
            yield Cell("7 no regression alone", f"{n} {name}", rate, found, 0.04)
    for m, rates in tables.FIXES.items():
        for name, rate in zip(("good", "overfit"), rates, strict=True):
            kind = tables.SCENARIOS[name]
            shares = [kind.closer, kind.further, 1 - kind.closer - kind.further]
            marks = draw.multinomial(m, shares, draws).tolist()
            found = share(_better(won, lost) for won, lost, _ in marks)
            yield Cell("7 sign test alone", f"{m} {name}", rate, found, 0.04)


def creep(draw: np.random.Generator, draws: int) -> Iterator[Cell]:
    """What twelve candidates do that are each a little worse, with fresh questions each time."""
    for (name, published), anchored in zip(tables.CREEP.items(), (False, True), strict=True):
        ends = [_fresh_creep(draw, anchored) for _ in range(min(draws, 2000))]
        for what, rate, found in zip(("mean", "worst 5 %"), published, _ends(ends), strict=True):
            yield Cell("7 bio-creep", f"{name}, {what}", rate, found, 0.015)


def frozen_creep(draw: np.random.Generator, draws: int) -> dict[str, list[float]]:
    """The same with one golden set for all twelve: luck is handed on, and the anchor sees less."""
    return {
        name: [round(end, 4) for end in _ends([_same_creep(draw, anchored) for _ in range(draws)])]
        for name, anchored in (("champion only", False), ("with the anchor", True))
    }


TABLES: dict[str, Callable[[np.random.Generator, int], Iterator[Cell]]] = {
    "Numbers without chance": exact,
    "What a suite can show": proofs,
    "Each half of the gate": parts,
    "The whole gate": gates,
    "Twelve slightly worse candidates": creep,
}


def compared(
    draw: np.random.Generator, draws: int, n: int, right: float, difference: float, apart: float
) -> list[list[int]]:
    """Returns how often both, only the candidate, only the champion, and none was right."""
    gain, loss = (apart + difference) / 2, (apart - difference) / 2
    shares = [right - loss, gain, loss, 1 - right - gain]
    found: list[list[int]] = draw.multinomial(n, shares, draws).tolist()
    return found


def share(outcomes: Iterator[bool] | Any) -> float:
    """Returns how many of these hold."""
    held = list(outcomes)
    return sum(held) / len(held)


@cache
def _keeps(margin: float, both: int, won: int, lost: int, neither: int) -> bool:
    return kept(counted(both, won, lost, neither, Z90), margin) == "pass"


@cache
def _better(won: int, lost: int) -> bool:
    return mcnemar_one_sided(won, lost) <= 0.05


def _passes(both: int, won: int, lost: int, neither: int, *marks: int) -> bool:
    """Puts a candidate with these answers to the gate itself."""
    asked = [
        *[_pair(RIGHT, RIGHT)] * both,
        *[_pair(RIGHT, WRONG)] * won,
        *[_pair(WRONG, RIGHT)] * lost,
        *[_pair(WRONG, WRONG)] * neither,
    ]
    closer, further, same = marks
    fixed = [
        *[_pair(RIGHT, WRONG)] * closer,
        *[_pair(WRONG, RIGHT)] * further,
        *[_pair(WRONG, WRONG)] * same,
    ]
    return gate.decide(CONFIG, golden=asked, holdout=fixed).verdict == "pass"


def _pair(candidate: Outcome, champion: Outcome) -> Paired:
    return Paired("", "", champion, candidate)


def _fresh_creep(draw: np.random.Generator, anchored: bool) -> float:
    """Returns the truth after twelve cycles whose questions are drawn anew for each comparison."""
    truth = 0.85

    def passes(against: float) -> bool:
        gap = truth - 0.015 - against
        cells = compared(draw, 1, 300, against, gap, max(0.08, abs(gap) + 0.02))[0]
        return _keeps(0.03, *cells)

    for _ in range(CYCLES):
        if passes(truth) and (not anchored or passes(0.85)):
            truth -= 0.015
    return truth


def _same_creep(draw: np.random.Generator, anchored: bool) -> float:
    """Returns the truth after twelve cycles that are judged by the same 300 questions."""
    truth = 0.85
    anchor = champion = draw.random(300) < truth
    for _ in range(CYCLES):
        lost, won = (0.08 + 0.015) / 2 / truth, (0.08 - 0.015) / 2 / (1 - truth)
        luck = draw.random(300)
        candidate = np.where(champion, luck >= lost, luck < won)
        if _seen(candidate, champion) and (not anchored or _seen(candidate, anchor)):
            champion, truth = candidate, truth - 0.015
    return truth


def _seen(candidate: Any, other: Any) -> bool:
    both, won, lost = (
        int(one.sum()) for one in (candidate & other, candidate & ~other, other & ~candidate)
    )
    return _keeps(0.03, both, won, lost, 300 - both - won - lost)


def _ends(truths: Sequence[float]) -> tuple[float, float]:
    return float(np.mean(truths)), float(np.quantile(truths, 0.05))


if __name__ == "__main__":
    main()
