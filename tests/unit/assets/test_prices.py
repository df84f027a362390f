"""The shipped prices: every row dated and sourced, its id stable, its end of life with it."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from studio.core.costing.price import first_day
from tests.unit.core.costing.situations import shipped

ROWS = shipped()
COLLECTED = Path(__file__).parents[4] / "shared" / "data" / "prices.csv"
SPELLED = (("<=", "up-to-"), (">", "over-"))


def slug(text: str) -> str:
    text = text.lower()
    for sign, words in SPELLED:
        text = text.replace(sign, words)
    return re.sub(r"[^a-z0-9.]+", "-", text).strip("-")


def test_ids_are_made_of_kind_provider_item_and_unit() -> None:
    for row in ROWS:
        assert row.id == "/".join(map(slug, (row.kind, row.provider, row.item, row.unit)))


def test_no_id_is_there_twice() -> None:
    assert max(Counter(row.id for row in ROWS).values()) == 1


def test_every_row_says_where_it_comes_from_and_how_good_that_is() -> None:
    assert all(row.source and row.verified for row in ROWS)


def test_rows_without_a_date_are_those_that_are_never_a_default() -> None:
    undated = [row for row in ROWS if first_day(row.price_date) is None]
    assert {row.verified for row in undated} == {"unreliable"}


def test_gpu_prices_by_the_hour_are_those_of_the_instance() -> None:
    for row in ROWS:
        if row.kind == "gpu_on_demand":
            assert row.usd is not None and row.gpu_count and row.usd_per_gpu_hour is not None
            assert float(row.usd) / row.gpu_count == pytest.approx(
                float(row.usd_per_gpu_hour), abs=6e-5
            )


def test_the_end_of_openai_fine_tuning_is_part_of_its_prices() -> None:
    ends = {
        row.item.removesuffix(" input"): row.shutdown_date
        for row in ROWS
        if row.kind == "ft_inference" and row.item.endswith("input")
    }
    assert ends["gpt-4.1-mini-2025-04-14"] == date(2027, 1, 14)
    assert ends["gpt-4.1-nano-2025-04-14"] == date(2026, 10, 23)
    training = {row.item: row.shutdown_date for row in ROWS if row.provider == "OpenAI"}
    assert training["gpt-4o-2024-08-06"] == date(2027, 1, 6)


def test_nothing_unreliable_has_a_range_or_a_date_to_be_trusted() -> None:
    for row in ROWS:
        if row.verified == "unreliable":
            assert "Never a default" in row.notes


def figures(row: Mapping[str, object]) -> tuple[object, ...]:
    """What a row says, whatever its provider and item are called here."""
    numbers = (row["price_usd"], row["price_low_usd"], row["price_high_usd"], row["value"])
    told = (None if one in ("", None) else float(str(one)) for one in numbers)
    return (row["category"], row["price_date"], *told)


def test_every_collected_figure_is_shipped() -> None:
    if not COLLECTED.exists():
        pytest.skip("the collected prices are not beside the repository")
    with COLLECTED.open(encoding="utf-8") as file:
        rows = map(figures, csv.DictReader(file))
        collected = Counter(row for row in rows if any(one is not None for one in row[2:]))
    mine = Counter(
        figures(
            {
                "category": row.kind,
                "price_date": row.price_date,
                "price_usd": row.usd,
                "price_low_usd": row.low,
                "price_high_usd": row.high,
                "value": row.value,
            }
        )
        for row in ROWS
    )
    # More may be shipped than was collected, never less: rows of ours have sources of their own.
    assert collected - mine == Counter()


def test_every_collected_end_is_shipped() -> None:
    if not COLLECTED.exists():
        pytest.skip("the collected prices are not beside the repository")
    with COLLECTED.open(encoding="utf-8") as file:
        ends = Counter(
            (row["category"], float(row["price_usd"]), row["shutdown_date"])
            for row in csv.DictReader(file)
            if row["shutdown_date"] and row["price_usd"]
        )
    mine = Counter(
        (row.kind, float(row.usd), str(row.shutdown_date)) for row in ROWS if row.usd is not None
    )
    assert ends - mine == Counter()
