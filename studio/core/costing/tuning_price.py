"""Tuning price: what a provider asks for training tokens, and until when it tunes and answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from studio.core.costing.answer_cost import DAY
from studio.core.costing.price import cited, find
from studio.domain.costing import Price
from studio.domain.endpoints import PREFIX, Dialect, Endpoint

PROVIDERS = (
    ("api.openai.com", "OpenAI"),
    (".openai.azure.com", "Azure Foundry"),
    (".services.ai.azure.com", "Azure Foundry"),
)
"""How a host ends, and what the price table calls whoever is behind it."""
UNIT = "1M training tokens"


class Terms(NamedTuple):
    """What is known of training one model at one endpoint."""

    price: Price | None
    """Per million training tokens; None when not known."""
    closes: date | None
    """Last day for new training jobs; None when no end is known."""
    ends: date | None
    """Last day on which the tuned model answers; None when no end is known."""


def terms(prices: Sequence[Price], endpoint: Endpoint, model: str) -> Terms:
    """Returns price and end dates; an own price counts first, its provider's dates stay."""
    provider = provider_of(endpoint)
    listed = None
    ends: list[date] = []
    for name in names(model):
        row = find(prices, "ft_training", provider, name)
        listed = listed or (row if row is not None and row.unit == UNIT else None)
        for way in ("input", "output"):
            answering = find(prices, "ft_inference", provider, f"{name} {way}")
            if answering is not None and answering.shutdown_date is not None:
                ends.append(answering.shutdown_date)
    own = find(prices, "ft_training", endpoint.name, f"{model} training")
    return Terms(
        price=own or listed,
        closes=None if listed is None else listed.shutdown_date,
        ends=min(ends, default=None),
    )


def provider_of(endpoint: Endpoint) -> str:
    """Returns what the price table calls whoever is behind an endpoint, empty when it does not."""
    host = endpoint.host.lower()
    return next((name for ending, name in PROVIDERS if _ends(host, ending)), "")


def names(model: str) -> tuple[str, ...]:
    """Returns how a model may stand in the table: its base when tuned already, its day left out."""
    base = model.split(":")[1] if model.startswith("ft:") and ":" in model[3:] else model
    return tuple(dict.fromkeys((base, DAY.sub("", base))))


def bill(
    found: Terms, tokens: int | None, endpoint: Endpoint, model: str
) -> tuple[float | None, str]:
    """Returns USD before tax and what that rests on; None with the reason when not known."""
    if found.price is None or found.price.usd is None:
        if endpoint.dialect is Dialect.LADDER:
            return None, (
                "another Ladder Studio bills no tokens; what its machine costs, its owner knows"
            )
        return None, (
            f"no price of training {model} at {endpoint.host} is known; put yours in under the id"
            f" `{PREFIX}{endpoint.name}/{model} training`, in USD for {UNIT}"
        )
    rate = f"{found.price.usd:f} USD per {UNIT}, {cited(found.price)}"
    if tokens is None:
        return None, f"the tokens to be billed are not known; {rate}"
    old = "; the price is old, check it" if found.price.stale else ""
    return float(found.price.usd) * tokens / 1e6, f"{tokens:,} tokens at {rate}{old}"


def endings(found: Terms, model: str, today: date) -> list[str]:
    """Returns what has to be said about the ends that are known."""
    said = []
    if found.closes is not None:
        past = found.closes < today
        said.append(
            f"New training jobs on {model} {'were' if past else 'are'} taken until {found.closes}"
            + ("." if past else f", {_days(found.closes, today)}.")
        )
    if found.ends is not None:
        past = found.ends < today
        said.append(
            f"Models tuned from {model} answer{'ed' if past else ''} until {found.ends}"
            + (
                "."
                if past
                else f", {_days(found.ends, today)}: what it costs must be earned by then."
            )
        )
    return said


def _ends(host: str, ending: str) -> bool:
    return host.endswith(ending) if ending.startswith(".") else host == ending


def _days(until: date, today: date) -> str:
    days = (until - today).days
    return "today" if days == 0 else f"{days} {'day' if days == 1 else 'days'} from now"
