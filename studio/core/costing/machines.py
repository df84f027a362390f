"""Machines: what an hour costs of the one the studio measures on, and of a GPU, owned or rented."""

from __future__ import annotations

from collections.abc import Sequence

from studio.core.costing.assumptions import JUDGEMENT, Sheet
from studio.core.costing.price import cited, find, middle, rents
from studio.domain.costing import Figure, Price

HOURS_A_YEAR = 8766
GPU = "L40S"
"""The GPU where nothing was measured: it holds an 8B model with room for requests."""

NO_POWER_PRICE = 0.13
"""USD for 1 kWh where the table has no price."""


def add_machine(sheet: Sheet, prices: Sequence[Price]) -> Price | None:
    """Adds the machine that the studio measures on; returns the power price it rests on."""
    power = find(prices, "power", "EIA", "Electricity in the US")
    kilowatt_hour = None if power is None else middle(power)
    sheet.add(
        "power.usd_per_kwh",
        "Price of electricity",
        NO_POWER_PRICE if kilowatt_hour is None else float(kilowatt_hour),
        "USD per kWh",
        JUDGEMENT if power is None else f"middle of a range, {cited(power)}",
        at="" if power is None else power.price_date,
    )
    _owned(sheet, "machine", "this machine", watts=300, purchase=5_000)
    return power


def machine_hour(sheet: Sheet) -> Figure:
    """Returns what an hour of the machine costs that the studio measures on."""
    row = sheet.row("machine.usd_per_hour")
    basis = "put in by you" if row.edited else "a prior (electricity and wear)"
    return Figure(low=row.low, mid=row.value, high=row.high, unit="USD per hour", basis=basis)


def add_gpu(sheet: Sheet, prices: Sequence[Price], *, own: bool) -> Price | None:
    """Adds the GPU that tuned models run on where none was measured; returns the price used.

    Args:
        sheet: where to.
        prices: the price table.
        own: whether data may not leave the client's machines, so that renting is no choice.
    """
    found = rents(prices, GPU)
    if own or not found:
        _owned(sheet, "gpu", f"an own machine with one {GPU}", watts=650, purchase=12_000)
        return None
    hours = [float(price.usd_per_gpu_hour or 0) for price in found]
    sheet.add(
        "gpu.usd_per_hour",
        f"An hour of a rented {GPU}",
        hours[0],
        "USD per hour",
        f"{cited(found[0])}; the range spans {len(hours)} listed prices and half as much again",
        low=min(hours),
        high=max(hours) * 1.5,
        at=found[0].price_date,
    )
    return found[0]


def _owned(sheet: Sheet, key: str, name: str, *, watts: float, purchase: float) -> None:
    """Adds what an hour of an owned machine costs: electricity and wear."""
    use = sheet.add(f"{key}.watts", f"Power that {name} draws at work", watts, "W", JUDGEMENT)
    paid = sheet.add(f"{key}.purchase", f"Price of {name}", purchase, "USD", JUDGEMENT)
    years = sheet.add(f"{key}.years", f"Years of use of {name}", 4, "years", JUDGEMENT)
    power = use / 1000 * sheet["power.usd_per_kwh"]
    wear = paid / (years * HOURS_A_YEAR)
    sheet.add(
        f"{key}.usd_per_hour",
        f"An hour of {name}",
        power + wear,
        "USD per hour",
        f"a prior: {use:g} W x {sheet['power.usd_per_kwh']:.3g} USD/kWh"
        f" + {paid:,.0f} USD over {years:g} years of running day and night",
        low=(power + wear) * 0.4,
        high=(power + wear) * 3,
    )
