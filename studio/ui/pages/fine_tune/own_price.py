"""Own price: what a person pays for tuning a model at a provider, where no list says."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from studio.domain.endpoints import Dialect
from studio.domain.training import Plan
from studio.ui.pages.fine_tune.places_vm import Place

if TYPE_CHECKING:
    from studio.services.container import Services


def is_open(place: Place, plan: Plan | None) -> bool:
    """True when a price is missing that the provider's list would tell."""
    bills = place.hosted and place.dialect is not Dialect.LADDER
    return bills and plan is not None and plan.usd is None and plan.train_tokens is not None


def price_id(backend: str, model: str) -> str:
    """The id under which such a price is kept."""
    return f"{backend}/{model} training"


def keep(services: Services, price: str, usd: float) -> None:
    """Keeps it for every run of that model there."""
    services.costing.override(price, Decimal(str(usd)))


def drop(services: Services, price: str) -> None:
    """Takes it back."""
    services.costing.reset(price)
