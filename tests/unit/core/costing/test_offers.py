"""Providers that tune are compared by cost, and those that end too soon are passed over."""

from __future__ import annotations

from datetime import date

import pytest

from studio.core.costing.offers import Offer, cheapest, offers
from studio.domain.costing import Price
from tests.unit.core.costing.situations import PRICES, TODAY


def chosen(horizon_end: date, requests: float = 10_000) -> tuple[Offer | None, tuple[str, ...]]:
    return cheapest(
        PRICES,
        today=TODAY,
        horizon_end=horizon_end,
        requests=requests,
        tokens_in=800,
        tokens_out=150,
        hours=730,
    )


def by_provider() -> dict[str, Offer]:
    return {offer.provider: offer for offer in reversed(offers(PRICES))}


def test_a_provider_that_ends_before_the_horizon_is_passed_over() -> None:
    offer, passed = chosen(date(2027, 11, 24))
    assert offer is not None and offer.provider == "Together"
    assert any("OpenAI" in reason and "2027-01-14" in reason for reason in passed)
    assert any("Azure" in reason and "2026-10-14" in reason for reason in passed)


def test_within_its_last_weeks_the_ending_provider_is_the_cheapest() -> None:
    offer, passed = chosen(date(2026, 12, 24))
    assert offer is not None and offer.provider == "OpenAI"
    assert not any("OpenAI" in reason for reason in passed)


def test_hosting_by_the_hour_is_paid_whatever_is_asked() -> None:
    together = by_provider()["Together"]
    assert together.month(0, 800, 150, 730) == pytest.approx(6.49 * 730)
    assert together.month(10**6, 800, 150, 730) == pytest.approx(6.49 * 730)
    mini = by_provider()["OpenAI"]
    assert mini.month(1_000_000, 1_000, 0, 730) == pytest.approx(800)


def test_azure_hosting_is_what_a_month_of_it_costs() -> None:
    assert by_provider()["Azure Foundry"].month(0, 0, 0, 720) == pytest.approx(1_224)


def test_when_all_have_ended_the_cheapest_is_shown_with_its_reason() -> None:
    only = [price for price in PRICES if price.provider == "OpenAI"]
    offer, passed = cheapest(
        only,
        today=TODAY,
        horizon_end=date(2028, 1, 1),
        requests=1,
        tokens_in=1,
        tokens_out=1,
        hours=730,
    )
    assert offer is not None and passed
    assert offer.closed_because(TODAY, date(2028, 1, 1)) in passed


def test_a_table_without_training_prices_has_no_offers() -> None:
    none: list[Price] = []
    assert offers(none) == []
