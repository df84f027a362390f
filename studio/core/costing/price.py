"""Price: how old one is, what a person put in for it, and which row of the table is meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from studio.domain.costing import Price, PriceOverride

DATED = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
OWN = re.compile(r"endpoint:([a-z0-9-]+)/(.+) (input|output|training)")
"""Id of a price that is not in the table: what an endpoint takes for tokens in, out or trained."""


def first_day(price_date: str) -> date | None:
    """Returns the day a price counts from: a missing month or day is the first; None: undated."""
    match = DATED.fullmatch(price_date)
    if match is None:
        return None
    year, month, day = match.groups()
    return date(int(year), int(month or 1), int(day or 1))


def with_age(price: Price, today: date) -> Price:
    """Returns the price with the days since its date."""
    begun = first_day(price.price_date)
    return price.with_(age_days=None if begun is None else max(0, (today - begun).days))


def overridden(price: Price, usd: Decimal) -> Price:
    """Returns the price with a person's own figure, the table's beside it."""
    per_gpu = usd / price.gpu_count if price.gpu_count else price.usd_per_gpu_hour
    return price.with_(usd=usd, usd_per_gpu_hour=per_gpu, overridden=True, original_usd=price.usd)


def table(
    shipped: Iterable[Price], overrides: Mapping[str, PriceOverride], today: date
) -> list[Price]:
    """Returns the shipped prices with age and overrides, then those people added for endpoints."""
    listed = [with_age(price, today) for price in shipped]
    known = {price.id for price in listed}
    added = [
        price
        for id, override in overrides.items()
        if id not in known and (price := own_price(id, override, today)) is not None
    ]
    return [
        overridden(price, overrides[price.id].usd) if price.id in overrides else price
        for price in listed
    ] + added


def own_price(id: str, override: PriceOverride, today: date) -> Price | None:
    """Returns the row for a price that only the user knows, None when the id does not name one."""
    match = OWN.fullmatch(id)
    if match is None:
        return None
    endpoint, model, way = match.groups()
    price = Price(
        id=id,
        kind="ft_training" if way == "training" else "inference_api",
        provider=endpoint,
        item=f"{model} {way}",
        unit="1M training tokens" if way == "training" else "1M tokens",
        usd=override.usd,
        price_date=override.at.date().isoformat(),
        source="put in by you",
        verified="own",
        overridden=True,
    )
    return with_age(price, today)


def middle(price: Price) -> Decimal | None:
    """Returns the price, or the geometric middle of its range; None when it has neither."""
    if price.usd is not None:
        return price.usd
    if price.low is None or price.high is None:
        return None
    return (price.low * price.high).sqrt().quantize(Decimal("0.0001"))


def find(prices: Sequence[Price], kind: str, provider: str, item: str) -> Price | None:
    """Returns the row of that kind, provider and item, or None."""
    for price in prices:
        if (price.kind, price.provider, price.item) == (kind, provider, item):
            return price
    return None


def rents(prices: Sequence[Price], gpu: str) -> list[Price]:
    """Returns the single-GPU rental prices of a GPU, the best dated first."""
    fitting = [
        price
        for price in prices
        if price.kind == "gpu_on_demand"
        and price.gpu_count == 1
        and price.usd_per_gpu_hour is not None
        and re.search(rf"\b{re.escape(gpu)}\b", price.item)
    ]
    return sorted(fitting, key=lambda price: (not price.overridden, _age(price)))


def cited(price: Price) -> str:
    """Returns a price's source in words with its id, for the assumption that rests on it."""
    if price.overridden:
        return f"your own price for {price.provider} {price.item} [{price.id}]"
    dated = f"price of {price.price_date}" if price.price_date else "undated price"
    return f"{price.provider} {price.item}, {dated}, {price.verified} [{price.id}]"


def _age(price: Price) -> int:
    return 10**6 if price.age_days is None else price.age_days
