"""Answer cost: what 1,000 answers cost, by the token at a provider or by the hour of a machine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from studio.core.costing.price import cited
from studio.domain.costing import Figure, Price
from studio.domain.endpoints import PREFIX

UNIT = "USD per 1,000 answers"
FRACTION = Decimal("0.000001")
ONLY_BY_ITS_MAKER = re.compile(r"(ft:)?(gpt-(?!oss)|chatgpt-|o\d|claude-|gemini-)")
"""Models whose weights are not given away: the name alone says whose price holds."""
DAY = re.compile(r"-\d{4}-\d{2}-\d{2}$")


class Named(NamedTuple):
    """An endpoint's model."""

    endpoint: str
    model: str

    @property
    def tuned_from(self) -> str | None:
        """Base model of an OpenAI fine-tune such as `ft:gpt-4.1-mini-2025-04-14:acme::1`."""
        return self.model.split(":")[1] if self.model.startswith("ft:") else None

    @property
    def made_by_one(self) -> bool:
        """True when only one provider's price can be meant, whatever the endpoint is called."""
        return bool(ONLY_BY_ITS_MAKER.match(self.model.lower()))


class Rates(NamedTuple):
    """What one model takes for tokens."""

    tokens_in: Price
    tokens_out: Price

    @property
    def own(self) -> bool:
        """True when a person put in at least one of them."""
        return self.tokens_in.overridden or self.tokens_out.overridden


def named(model_id: str) -> Named | None:
    """Returns endpoint and model of `endpoint:NAME/MODEL`, None for a model on this machine."""
    if not model_id.startswith(PREFIX):
        return None
    endpoint, _, model = model_id.removeprefix(PREFIX).partition("/")
    return Named(endpoint, model)


def rates(prices: Sequence[Price], wanted: Named) -> Rates | None:
    """Returns the table's rows for an endpoint's model, None when it does not have both."""
    kind = "ft_inference" if wanted.tuned_from else "inference_api"
    name = wanted.tuned_from or wanted.model
    for spelled in dict.fromkeys((name, DAY.sub("", name))):
        found = [_row(prices, kind, wanted, f"{spelled} {way}") for way in ("input", "output")]
        if found[0] is not None and found[1] is not None:
            return Rates(found[0], found[1])
    return None


def by_rates(found: Rates, tokens_in: float, tokens_out: float) -> Figure:
    """Returns the cost of 1,000 answers of that size at those rates."""
    into, out = (price.usd or Decimal(0) for price in found)
    usd = (tokens_in * float(into) + tokens_out * float(out)) / 1000
    basis = f"{cited(found.tokens_in)}: {into:f} in, {out:f} out USD per 1M tokens"
    return Figure(low=usd, mid=usd, high=usd, unit=UNIT, basis=basis)


def by_machine(seconds: float, hour: Figure) -> Figure:
    """Returns the cost of 1,000 answers that keep a machine busy for so many seconds each."""
    hours = seconds * 1000 / 3600
    low, mid, high = (
        None if usd is None else usd * hours for usd in (hour.low, hour.mid, hour.high)
    )
    basis = f"{seconds:.3g} s an answer, measured here; the machine's hour is {hour.basis}"
    return Figure(low=low, mid=mid, high=high, unit=UNIT, basis=basis)


def kept(figure: Figure) -> Decimal | None:
    """Returns a figure's middle as it is kept, to a millionth of a dollar; None when unknown."""
    return None if figure.mid is None else Decimal(str(figure.mid)).quantize(FRACTION)


def unknown(because: str) -> Figure:
    """Returns a figure that says why nothing is known."""
    return Figure(unit=UNIT, basis=because)


def no_price(model_id: str) -> Figure:
    """Returns the unknown cost of a model without a price, saying how to put one in."""
    return unknown(
        f"no price of this model is known; put yours in under the ids `{model_id} input`"
        f" and `{model_id} output`, in USD for 1M tokens"
    )


def _row(prices: Sequence[Price], kind: str, wanted: Named, item: str) -> Price | None:
    fitting = [price for price in prices if price.kind == kind and price.item == item]
    for price in fitting:
        if plain(price.provider) == plain(wanted.endpoint):
            return price
    return next(iter(fitting), None) if wanted.made_by_one else None


def plain(name: str) -> str:
    """Returns a provider's name without what spellings differ in."""
    return re.sub(r"[^a-z0-9]", "", name.lower()).removesuffix("ai")
