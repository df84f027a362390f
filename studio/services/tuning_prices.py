"""Tuning prices: what a provider will bill for a planned run, and until when its model answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from studio.core.costing import tuning_price
from studio.domain.costing import Price
from studio.domain.endpoints import PREFIX, Endpoint
from studio.domain.errors import NotFound
from studio.domain.training import Plan, TrainingSpec
from studio.domain.tuning_terms import TuningTerms
from studio.domain.values import now


class TuningPriceService:
    """Puts prices and end dates beside hosted fine-tunes; nothing is fetched."""

    def __init__(
        self,
        prices: Callable[[], Sequence[Price]],
        endpoint: Callable[[str], Endpoint],
        clock: Callable[[], datetime] = now,
    ) -> None:
        """`endpoint` finds one by its name; `prices` has own figures in place."""
        self._prices, self._endpoint, self._clock = prices, endpoint, clock

    def terms(self, backend: str, model: str) -> TuningTerms:
        """Returns price and end dates of tuning that model there; of this machine, nothing.

        Raises:
            NotFound: when there is no such endpoint.
        """
        if not backend.startswith(PREFIX):
            return TuningTerms(basis="it runs on this machine")
        endpoint = self._endpoint(backend.removeprefix(PREFIX))
        found = tuning_price.terms(self._prices(), endpoint, model)
        _, basis = tuning_price.bill(found, None, endpoint, model)
        return TuningTerms(
            usd_per_1m=None if found.price is None else found.price.usd,
            basis=basis,
            closes=found.closes,
            ends=found.ends,
            said=tuple(tuning_price.endings(found, model, self._clock().date())),
        )

    def bill(self, spec: TrainingSpec, tokens: int) -> float | None:
        """Returns what the provider asks for so many trained tokens, None when not known."""
        try:
            endpoint = self._endpoint(spec.backend.removeprefix(PREFIX))
        except NotFound:  # Its endpoint was removed while it ran.
            return None
        found = tuning_price.terms(self._prices(), endpoint, spec.base_model)
        return tuning_price.bill(found, tokens, endpoint, spec.base_model)[0]

    def priced(self, spec: TrainingSpec, plan: Plan) -> Plan:
        """Returns the plan with the provider's price and end dates; that of this machine as is."""
        if not spec.backend.startswith(PREFIX):
            return plan
        endpoint = self._endpoint(spec.backend.removeprefix(PREFIX))
        found = tuning_price.terms(self._prices(), endpoint, spec.base_model)
        usd, basis = tuning_price.bill(found, _tokens(spec, plan), endpoint, spec.base_model)
        told = " ".join((*plan.warnings, *(blocker.what for blocker in plan.blockers)))
        ends = zip(
            tuning_price.endings(found, spec.base_model, self._clock().date()),
            [day for day in (found.closes, found.ends) if day is not None],
            strict=True,
        )
        # The server itself may have told the same date already.
        news = tuple(text for text, day in ends if day.isoformat() not in told)
        return plan.with_(usd=usd, usd_basis=basis, warnings=(*plan.warnings, *news))


def _tokens(spec: TrainingSpec, plan: Plan) -> int | None:
    """Returns the tokens to be billed: as the backend counted them, else once through × epochs."""
    if plan.billed_tokens is not None:
        return plan.billed_tokens
    if plan.train_tokens is None or "epochs" in spec.automatic:
        return None
    return round(plan.train_tokens * spec.hyperparameters.epochs)
