"""Small seeded runs of the simulations of gate and harm monitor, against the published figures."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from tests.benchmarks import gate_operating, gate_tables, harm_monitor
from tests.benchmarks.gate_operating import Cell

DRAWS = 120


def allowed(cell: Cell) -> float:
    """Returns the table's tolerance, and what chance adds in so few draws."""
    p = min(max(cell.published, 0.01), 0.99)
    return cell.tolerance + 3 * sqrt(p * (1 - p) / DRAWS)


def test_what_leaves_nothing_to_chance_is_as_published() -> None:
    cells = list(gate_operating.exact(np.random.default_rng(1), 1))
    assert len(cells) == 32
    assert all(cell.agrees for cell in cells)


@pytest.mark.parametrize("what", ["What a suite can show", "Each half of the gate"])
def test_simulated_rates_are_as_published(what: str) -> None:
    draw = np.random.default_rng(17)
    for cell in gate_operating.TABLES[what](draw, DRAWS):
        assert cell.deviation <= allowed(cell), cell


def test_the_whole_gate_passes_as_published_and_far_fewer_useless_models_than_two_means() -> None:
    cells = list(gate_operating.gates(np.random.default_rng(5), DRAWS))
    for cell in cells:
        assert cell.deviation <= allowed(cell), cell
    found = {(cell.table, cell.name): cell.found for cell in cells}
    for n, m in gate_tables.PASSES:
        name = f"{n} / {m} no change"
        assert found["7 passes", name] <= 0.06 < 0.12 < found["7 naive", name]


def test_the_anchor_stops_a_slow_decline() -> None:
    cells = list(gate_operating.creep(np.random.default_rng(3), 60))
    assert all(cell.deviation <= 0.025 for cell in cells)


def test_a_figure_that_is_off_is_seen() -> None:
    assert not Cell("", "", 0.20, 0.25, 0.04).agrees
    assert Cell("", "", 0.20, 0.24, 0.04).agrees


def test_rollouts_end_as_published() -> None:
    figures = harm_monitor.measured(400, seed=8)
    assert figures["agrees"], figures["rollouts"]
    equal = [one for one in figures["rollouts"] if one["exact"] is not None]
    assert [one["champion"] for one in equal] == [0.8, 0.9]
    assert all(one["exact"] < harm_monitor.PROMISED for one in equal)
