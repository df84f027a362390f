"""TuningTerms: what a provider asks for tuning a model, and until when it tunes and answers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from studio.domain.values import Value


class TuningTerms(Value):
    """What a provider asks for tuning a model, and how long it and its tuned models last."""

    usd_per_1m: Decimal | None = None
    """USD for a million training tokens, before tax; None when not known or not billed."""
    basis: str
    """Date and source of the price, or why there is none."""
    closes: date | None = None
    """Last day for new training jobs; None when no end is known."""
    ends: date | None = None
    """Last day on which tuned models answer; None when no end is known."""
    said: tuple[str, ...] = ()
    """The ends in words."""
