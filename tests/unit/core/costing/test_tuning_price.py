"""What tuning costs at a provider is looked up by host and model, with its ends."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from studio.core.costing.price import table
from studio.core.costing.tuning_price import bill, endings, names, provider_of, terms
from studio.domain.costing import PriceOverride
from studio.domain.endpoints import Dialect, Endpoint
from tests.unit.core.costing.situations import NOW, PRICES, TODAY, shipped

MINI = "gpt-4.1-mini-2025-04-14"


def endpoint(base_url: str = "https://api.openai.com/v1", **changes: Any) -> Endpoint:
    return Endpoint(id="e", name="acme", base_url=base_url, created_at=NOW).with_(**changes)


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("https://api.openai.com/v1", "OpenAI"),
        ("https://mine.openai.azure.com/openai", "Azure Foundry"),
        ("https://openai.azure.com.example.org/v1", ""),
        ("https://api.openai.com.example.org/v1", ""),
        ("http://127.0.0.1:8000/v1", ""),
    ],
)
def test_the_host_decides_whose_price_holds(address: str, provider: str) -> None:
    assert provider_of(endpoint(address)) == provider


def test_a_tuned_model_is_trained_on_at_its_base_s_price() -> None:
    assert names(f"ft:{MINI}:acme::abc") == (MINI, "gpt-4.1-mini")
    found = terms(PRICES, endpoint(), f"ft:{MINI}:acme::abc")
    assert found.price is not None and found.price.usd == 5


def test_a_price_comes_with_the_ends_of_tuning_and_answering() -> None:
    found = terms(PRICES, endpoint(), MINI)
    assert (found.closes, found.ends) == (date(2027, 1, 6), date(2027, 1, 14))
    closing, ending = endings(found, MINI, TODAY)
    assert "until 2027-01-06, 43 days from now." in closing
    assert "2027-01-14, 51 days from now: what it costs must be earned by then." in ending


def test_what_has_ended_is_said_to_have_ended() -> None:
    nano = "gpt-4.1-nano-2025-04-14"
    said = endings(terms(PRICES, endpoint(), nano), nano, TODAY)
    assert said == [
        f"New training jobs on {nano} were taken until 2026-10-23.",
        f"Models tuned from {nano} answered until 2026-10-23.",
    ]


def test_the_bill_names_tokens_price_date_and_source() -> None:
    usd, basis = bill(terms(PRICES, endpoint(), MINI), 2_000_000, endpoint(), MINI)
    assert usd == 10
    assert basis.startswith("2,000,000 tokens at 5 USD per 1M training tokens, OpenAI gpt-4.1-mini")
    assert "price of 2026" in basis
    assert basis.endswith("the price is old, check it")


def test_azure_has_the_feed_s_price_under_the_model_s_own_name() -> None:
    there = endpoint("https://mine.openai.azure.com/openai", dialect=Dialect.AZURE)
    usd, _ = bill(terms(PRICES, there, "gpt-4.1-2025-04-14"), 1_000_000, there, "gpt-4.1")
    assert usd == 25


def test_an_own_price_counts_first() -> None:
    id = f"endpoint:acme/{MINI} training"
    mine = PriceOverride(id=id, usd=Decimal(2), at=NOW)
    prices = table(shipped(), {id: mine}, TODAY)
    found = terms(prices, endpoint(), MINI)
    usd, basis = bill(found, 1_000_000, endpoint(), MINI)
    assert usd == 2
    assert "your own price" in basis
    assert found.closes == date(2027, 1, 6)


def test_what_is_not_known_is_said_to_be_so() -> None:
    there = endpoint("https://tune.example.org/v1")
    usd, basis = bill(terms(PRICES, there, "their-model"), 5, there, "their-model")
    assert usd is None
    assert "`endpoint:acme/their-model training`" in basis
    usd, basis = bill(terms(PRICES, endpoint(), MINI), None, endpoint(), MINI)
    assert usd is None
    assert basis.startswith("the tokens to be billed are not known; 5 USD")
    ladder = endpoint("http://127.0.0.1:1/v1", dialect=Dialect.LADDER)
    assert "bills no tokens" in bill(terms(PRICES, ladder, "m"), 5, ladder, "m")[1]
