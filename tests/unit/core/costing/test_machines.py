"""An hour of a machine is electricity and wear, or what a rented one costs."""

from __future__ import annotations

import pytest

from studio.core.costing.machines import add_gpu, add_machine, machine_hour
from tests.unit.core.costing.situations import PRICES, sheet


def test_an_owned_machine_costs_electricity_and_wear() -> None:
    made = sheet(power__usd_per_kwh=0.20, machine__watts=500, machine__purchase=8_766)
    add_machine(made, PRICES)
    assert made["machine.usd_per_hour"] == pytest.approx(0.5 * 0.20 + 8_766 / (4 * 8_766))
    assert machine_hour(made).basis.startswith("a prior")


def test_the_price_of_electricity_is_the_middle_of_the_published_range() -> None:
    made = sheet()
    power = add_machine(made, PRICES)
    assert power is not None and power.stale
    assert 0.0779 < made["power.usd_per_kwh"] < 0.2061
    assert power.id in made.row("power.usd_per_kwh").source


def test_an_edited_hour_is_the_users_word() -> None:
    made = sheet(machine__usd_per_hour=1.5)
    add_machine(made, PRICES)
    hour = machine_hour(made)
    assert (hour.mid, hour.basis) == (1.5, "put in by you")


def test_a_rented_gpu_costs_the_newest_price_and_names_it() -> None:
    made = sheet()
    add_machine(made, PRICES)
    price = add_gpu(made, PRICES, own=False)
    assert price is not None
    row = made.row("gpu.usd_per_hour")
    assert (row.value, row.at) == (1.861, "2026-07-20")
    assert row.low == pytest.approx(1.5484)
    assert price.id in row.source


def test_data_that_stays_at_home_needs_an_own_gpu() -> None:
    made = sheet()
    add_machine(made, PRICES)
    assert add_gpu(made, PRICES, own=True) is None
    assert 0.1 < made["gpu.usd_per_hour"] < 1.0
    assert "gpu.watts" in made.values


def test_without_prices_there_are_judgements() -> None:
    made = sheet()
    assert add_machine(made, []) is None
    assert add_gpu(made, [], own=False) is None
    assert made["power.usd_per_kwh"] == 0.13
