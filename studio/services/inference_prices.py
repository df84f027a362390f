"""Inference prices: what the bundled data of `genai-prices` says a hosted model takes."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from studio.core.costing.answer_cost import Named


class Quote(NamedTuple):
    """USD for one answer of a given size, and what that rests on."""

    usd: float
    basis: str


def quote(
    wanted: Named, address: str, tokens_in: float, tokens_out: float, at: datetime
) -> Quote | None:
    """Returns what the model takes for an answer of that size, None when the data lacks it.

    Prices that rise with the length of the prompt, and those that change with the hour, are taken
    as they hold for this size at this moment. Nothing is fetched: the data is the package's own.

    Args:
        wanted: the endpoint's name and model.
        address: where the endpoint is; empty when unknown, then its name has to say whose it is.
        tokens_in: mean tokens of the prompt.
        tokens_out: mean tokens of the answer.
        at: the moment the answer is given.
    """
    # Loaded when first needed: the data of all providers takes a quarter of a second.
    from importlib.metadata import version

    from genai_prices import Usage, calc_price

    whole_in, whole_out = max(1, round(tokens_in)), max(1, round(tokens_out))
    usage = Usage(input_tokens=whole_in, output_tokens=whole_out)
    for provider, place in _places(wanted, address):
        try:
            if place is None:
                found = calc_price(
                    usage, wanted.model, provider_id=provider, genai_request_timestamp=at
                )
            else:
                found = calc_price(
                    usage, wanted.model, provider_api_url=place, genai_request_timestamp=at
                )
        except LookupError:
            continue
        # The library counts whole tokens; a mean of short answers is seldom one.
        usd = float(found.input_price) * tokens_in / whole_in
        usd += float(found.output_price) * tokens_out / whole_out
        into, out = _words(found.model_price.input_mtok), _words(found.model_price.output_mtok)
        basis = (
            f"{found.provider.name} {found.model.id}: {into} in, {out} out USD per 1M tokens,"
            f" bundled data of genai-prices {version('genai-prices')}"
        )
        return Quote(usd, basis)
    return None


def _words(price: object) -> str:
    """Returns a price for 1M tokens in words; one in tiers begins at its base."""
    base = getattr(price, "base", None)
    return f"{price}" if base is None else f"{base} (more for long prompts)"


def _places(wanted: Named, address: str) -> list[tuple[str | None, str | None]]:
    """Returns provider and address to look under: an address decides, a name is only a hint.

    A model whose weights are not given away needs neither.
    """
    if address:
        return [(None, address)]
    return [(wanted.endpoint, None), *([(None, None)] if wanted.made_by_one else [])]
