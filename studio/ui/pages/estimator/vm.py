"""The estimator: the business case with every assumption, prices, and the studio's own record."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, get_args

from studio.domain.costing import (
    Assumption,
    Case,
    ErrorRecord,
    Estimate,
    Figure,
    Price,
    PriceKind,
    Returns,
)
from studio.domain.errors import StudioError
from studio.ui.pages import figures
from studio.ui.pages.estimator.words import GROUPS, KINDS, OTHERS, amount, group

if TYPE_CHECKING:
    from studio.services.container import Services

ENTERED = "entered here"
"""Source of a figure whose source nobody named."""
MOST_PRICES = 200
"""Rows shown of the price table; more than any kind has today."""


@dataclass(kw_only=True)
class EstimatorPage:
    """Everything the page shows, and what may be changed on it."""

    services: Services
    project_id: str
    case: Case | None = None
    problem: str = ""
    """Why there is no case, when there is none."""
    kind: str = "gpu_on_demand"
    prices: tuple[Price, ...] = ()
    records: tuple[ErrorRecord, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    models: dict[str, str] = field(default_factory=dict)

    def load_case(self) -> None:
        """Reckons the case anew."""
        self.case, self.problem = None, ""
        try:
            self.case = self.services.costing.case(self.project_id)
        except StudioError as error:
            self.problem = str(error)

    def assume(self, key: str, value: float) -> None:
        """Takes an own figure for an assumption; what was said of the last one still holds."""
        before = self.assumption(key)
        source = before.source if before.edited else ENTERED
        self.state(key, value, source=source, owner=before.owner)

    def state(
        self,
        key: str,
        value: float,
        *,
        low: float | None = None,
        high: float | None = None,
        source: str = "",
        owner: str = "",
    ) -> None:
        """Takes an own figure with all that is said of it; without a range the old one moves."""
        self.case = self.services.costing.assume(
            self.project_id,
            key,
            value,
            source.strip() or ENTERED,
            low=low,
            high=high,
            owner=owner.strip(),
        )

    def restore(self, before: Assumption) -> None:
        """Goes back to what an assumption was."""
        if not before.edited:
            self.unassume(before.key)
            return
        self.state(
            before.key,
            before.value,
            low=before.low,
            high=before.high,
            source=before.source,
            owner=before.owner,
        )

    def assumption(self, key: str) -> Assumption:
        """Returns an assumption of the case as it is now."""
        assert self.case is not None, "assumptions exist only beside a case"
        return next(one for one in self.case.assumptions if one.key == key)

    def unassume(self, key: str) -> None:
        """Takes the own figure back."""
        self.case = self.services.costing.unassume(self.project_id, key)

    def load_prices(self) -> None:
        """Reads the prices of the chosen kind."""
        self.prices = tuple(self.services.costing.prices(self.kind)[:MOST_PRICES])

    def put_price(self, price_id: str, usd: float) -> None:
        """Puts in an own price beside the listed one."""
        self.services.costing.override(price_id, Decimal(str(usd)))
        self.load_prices()

    def reset_price(self, price_id: str) -> None:
        """Takes the own price back."""
        self.services.costing.reset(price_id)
        self.load_prices()

    def load_record(self) -> None:
        """Reads what was estimated and what came of it."""
        self.records = tuple(self.services.estimates.record())
        self.estimates = tuple(self.services.estimates.all(self.project_id))

    def load_models(self) -> None:
        """Reads whose tokens can be counted: models on this machine and a few well-known names."""
        bases = {model.id: model.name for model in self.services.models.bases()}
        self.models = bases | {name: f"{name} (OpenAI)" for name in ("gpt-4.1", "gpt-4o", "gpt-4")}

    def count(self, text: str, model: str) -> str:
        """Counts the tokens of a text and says so."""
        (tokens,) = self.services.estimates.count_tokens([text], model)
        words = len(text.split())
        return f"{figures.many(tokens, 'token')} in {figures.many(words, 'word')}."

    @property
    def kinds(self) -> dict[str, str]:
        """Kinds of prices with their names."""
        return {kind: KINDS[kind] for kind in get_args(PriceKind)}

    @property
    def stale(self) -> int:
        """Prices shown that are old or undated."""
        return sum(price.stale for price in self.prices)

    @property
    def best(self) -> Returns | None:
        """The arm worth most among those not blocked."""
        if self.case is None:
            return None
        return next((r for r in self.case.arms if r.arm.key == self.case.best), None)

    @property
    def subject(self) -> Returns | None:
        """The arm that sensitivity and risk are shown for."""
        if self.case is None:
            return None
        return next((r for r in self.case.arms if r.arm.key == self.case.subject), None)

    def cumulative(self) -> dict[str, list[tuple[float, float]]]:
        """Returns each arm's money so far, month by month, by the arm's title."""
        if self.case is None:
            return {}
        return {
            r.arm.title: [(float(m), total) for m, total in enumerate(accumulate(r.cash_flow))]
            for r in self.case.arms
            if r.arm.key != "stay"
        }

    def headline(self) -> str:
        """Says in one sentence what the figures say."""
        best, case = self.best, self.case
        if best is None or case is None:
            return "No arm can be reckoned yet."
        if best.arm.key == "stay":
            return "On these figures nothing pays back: stay as you are."
        back = best.discounted_payback_month
        when = "never pays back" if back is None else f"pays back in month {back}"
        return (
            f"{best.arm.title} is worth {amount(best.npv, case.currency)} over "
            f"{case.horizon_months} months and {when}."
        )


def groups(assumptions: tuple[Assumption, ...]) -> dict[str, list[Assumption]]:
    """Returns the assumptions by the title of their group, in reading order."""
    found: dict[str, list[Assumption]] = {title: [] for title in (*GROUPS, OTHERS)}
    for one in assumptions:
        found[group(one.key)].append(one)
    return {title: members for title, members in found.items() if members}


def price_words(price: Price) -> str:
    """Returns a price with its unit, or its range; unknown stays unknown."""
    if price.value is not None and price.usd is None:
        return f"{price.value:,.0f} {price.unit}"
    if price.usd is not None:
        return f"{amount(float(price.usd), 'USD')} / {price.unit}"
    if price.low is not None and price.high is not None:
        low, high = amount(float(price.low), "USD"), amount(float(price.high), "USD")
        return f"{low} to {high} / {price.unit}"
    return figures.UNKNOWN


def estimate_words(kind: str, value: float | None) -> str:
    """Returns an estimate or an actual in its unit."""
    if kind == "memory_bytes":
        return figures.size(value)
    if kind == "seconds":
        return figures.duration(value)
    if kind == "usd":
        return figures.UNKNOWN if value is None else amount(value, "USD")
    return figures.count(value)


def figure_words(figure: Figure) -> str:
    """Returns a figure with its unit and basis."""
    if figure.mid is None:
        return f"{figures.UNKNOWN}: {figure.basis}"
    return f"{figure.mid:,.0f} {figure.unit} ({figure.basis})"
