"""Prices know their age, keep the original beside an override, and are found by what they are."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from studio.core.costing.price import (
    cited,
    find,
    first_day,
    middle,
    overridden,
    own_price,
    rents,
    table,
    with_age,
)
from studio.domain.costing import Price, PriceOverride
from tests.unit.core.costing.situations import NOW, PRICES, TODAY, shipped


def price(**changes: object) -> Price:
    given = {"id": "p", "kind": "power", "provider": "A", "item": "B", "unit": "kWh"}
    return Price.model_validate({**given, **changes})


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026", date(2026, 1, 1)),
        ("2026-10", date(2026, 10, 1)),
        ("2026-10-08", date(2026, 10, 8)),
        ("", None),
        ("last year", None),
    ],
)
def test_a_date_without_its_day_counts_from_the_first(written: str, day: date | None) -> None:
    assert first_day(written) == day


@pytest.mark.parametrize(
    ("written", "stale"),
    [("2026-08-26", False), ("2026-08-25", True), ("2026-11", False), ("2026", True), ("", True)],
)
def test_prices_warn_after_ninety_days_and_when_undated(written: str, stale: bool) -> None:
    assert with_age(price(price_date=written), TODAY).stale is stale


def test_every_gpu_price_that_is_shipped_warns() -> None:
    gpus = [one for one in PRICES if one.kind == "gpu_on_demand"]
    assert len(gpus) == 40
    assert all(one.stale for one in gpus)


def test_an_override_keeps_the_original_beside_it_and_does_not_warn() -> None:
    found = overridden(price(usd=Decimal(10), gpu_count=4, price_date="2024"), Decimal(6))
    assert (found.usd, found.original_usd, found.usd_per_gpu_hour) == (6, 10, Decimal("1.5"))
    assert found.overridden and not found.stale


def test_overrides_stand_in_their_rows_and_own_prices_at_the_end() -> None:
    first = shipped()[0]
    put_in = {
        id: PriceOverride(id=id, usd=Decimal(usd), at=NOW)
        for id, usd in ((first.id, "0.1"), ("endpoint:office/qwen/32b input", "0.2"), ("gone", "3"))
    }
    found = table(shipped(), put_in, TODAY)
    assert len(found) == len(shipped()) + 1
    assert (found[0].usd, found[0].original_usd) == (Decimal("0.1"), first.usd)
    assert (found[-1].provider, found[-1].item) == ("office", "qwen/32b input")
    assert found[-1].usd == Decimal("0.2") and not found[-1].stale


def test_only_ids_of_endpoints_make_new_prices() -> None:
    override = PriceOverride(id="x", usd=Decimal(1), at=NOW)
    assert own_price("endpoint:office/m output", override, TODAY) is not None
    assert own_price("endpoint:office/m", override, TODAY) is None
    assert own_price("office/m input", override, TODAY) is None


def test_the_middle_of_a_range_is_geometric() -> None:
    assert middle(price(low=Decimal(1), high=Decimal(4))) == Decimal(2)
    assert middle(price(usd=Decimal(3), low=Decimal(1), high=Decimal(4))) == Decimal(3)
    assert middle(price()) is None


def test_rents_are_single_gpus_of_that_kind_newest_first() -> None:
    assert [one.provider for one in rents(PRICES, "L40S")] == ["AWS us-east-1", "Nebius"]
    assert rents(PRICES, "L4")[0].item.startswith("g2-standard-4")
    assert rents(PRICES, "RTX 4090") == []


def test_a_citation_names_date_quality_and_id() -> None:
    found = find(PRICES, "ft_training", "Fireworks", "<=16B LoRA SFT")
    assert found is not None
    assert "2026-10-08" in cited(found) and found.id in cited(found)
    assert cited(overridden(found, Decimal(1))).startswith("your own price")
    assert "undated" in cited(price())
    assert find(PRICES, "ft_training", "Nobody", "x") is None
