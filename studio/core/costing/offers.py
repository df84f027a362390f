"""Offers: where a model can be tuned and then answered by a provider, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from studio.core.costing.price import find
from studio.domain.costing import Price

TOKENS_A_RUN = 1.2
"""Millions of training tokens by which offers are compared; the cost of a run is noise anyway."""


class Offer(NamedTuple):
    """One provider's tuning with the answering it needs."""

    provider: str
    training: Price
    hour: Price | None
    """What an hour of answering costs, idle or not; None where tokens are billed."""
    tokens: tuple[Price, Price] | None
    """In and out; None where hours are billed alone."""

    @property
    def ends(self) -> date | None:
        """Last day on which a tuned model answers, None when no end is known."""
        used = [self.hour, *(self.tokens or ())]
        return min((p.shutdown_date for p in used if p and p.shutdown_date), default=None)

    @property
    def closes(self) -> date | None:
        """Last day for new training jobs, None when no end is known."""
        return self.training.shutdown_date

    def month(self, requests: float, tokens_in: float, tokens_out: float, hours: float) -> float:
        """Returns the USD of answering for a month."""
        usd = 0.0 if self.hour is None else float(self.hour.usd or 0) * hours
        if self.tokens is not None:
            into, out = (float(price.usd or 0) for price in self.tokens)
            usd += requests * (tokens_in * into + tokens_out * out) / 1e6
        return usd

    def closed_because(self, today: date, horizon_end: date) -> str:
        """Returns why the offer cannot carry a project until the horizon's end, or nothing."""
        if self.closes is not None and self.closes < today:
            return f"{self.provider} took new training jobs until {self.closes}"
        if self.ends is not None and self.ends < horizon_end:
            return (
                f"{self.provider} switches tuned models off on {self.ends},"
                f" before the horizon ends on {horizon_end}"
            )
        return ""


ROWS = (
    ("Together", "<=16B LoRA SFT", "1x H100 80GB dedicated endpoint", ""),
    ("Fireworks", "<=16B LoRA SFT", "H100 80GB dedicated", ""),
    (
        "Azure Foundry",
        "gpt-4.1 SFT, global",
        "fine-tuned deployment (standard/global standard)",
        "",
    ),
    ("OpenAI", "gpt-4.1-mini-2025-04-14", "", "gpt-4.1-mini-2025-04-14"),
    ("OpenAI", "gpt-4.1-2025-04-14", "", "gpt-4.1-2025-04-14"),
    ("OpenAI", "gpt-4o-mini-2024-07-18", "", "gpt-4o-mini-2024-07-18"),
)
"""Provider, training row, hosting row, model whose tokens are billed; as the price table has them.

Providers that only train (Tinker, Ori) are no offer of this kind: their adapters answer elsewhere.
"""


def offers(prices: Sequence[Price]) -> list[Offer]:
    """Returns the offers whose prices the table has."""
    found = []
    for provider, training, hosting, model in ROWS:
        row = find(prices, "ft_training", provider, training)
        hour = _hour(prices, provider, hosting)
        tokens = _tokens(prices, provider, model)
        if row is not None and row.usd is not None and (hour is not None or tokens is not None):
            found.append(Offer(provider, row, hour, tokens))
    return found


def cheapest(
    prices: Sequence[Price],
    *,
    today: date,
    horizon_end: date,
    requests: float,
    tokens_in: float,
    tokens_out: float,
    hours: float,
) -> tuple[Offer | None, tuple[str, ...]]:
    """Returns the offer that lasts and costs least, and why others were passed over.

    When none lasts, the cheapest of all is returned with the reasons, so that it can be shown as
    blocked; None only when the table has no offer.
    """
    listed = sorted(
        offers(prices),
        key=lambda offer: (
            float(offer.training.usd or Decimal(0)) * TOKENS_A_RUN
            + offer.month(requests, tokens_in, tokens_out, hours)
        ),
    )
    reasons = [offer.closed_because(today, horizon_end) for offer in listed]
    lasting = [offer for offer, reason in zip(listed, reasons, strict=True) if not reason]
    passed = tuple(dict.fromkeys(reason for reason in reasons if reason))
    return next(iter(lasting or listed), None), passed


def _hour(prices: Sequence[Price], provider: str, item: str) -> Price | None:
    return (
        find(prices, "ft_hosting", provider, item) or find(prices, "gpu_on_demand", provider, item)
        if item
        else None
    )


def _tokens(prices: Sequence[Price], provider: str, model: str) -> tuple[Price, Price] | None:
    into = find(prices, "ft_inference", provider, f"{model} input")
    out = find(prices, "ft_inference", provider, f"{model} output")
    return None if into is None or out is None else (into, out)
