"""studio prices: what things cost, since when, from where, and your own figures for them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli.connect import open_services
from studio.cli.options import AsJson, DataDir, example, settings
from studio.cli.output import give, give_json, say, table

if TYPE_CHECKING:
    from studio.domain.costing import Price

app = typer.Typer(help="What things cost, since when, and your own prices.", no_args_is_help=True)

PriceId = Annotated[
    str,
    typer.Argument(help="Id as `studio prices list` shows it, or `endpoint:NAME/MODEL input`."),
]


@app.command(
    "list",
    epilog=example("studio prices list --kind gpu_on_demand", "studio prices list --find l40s"),
)
def show(
    kind: Annotated[
        str | None,
        typer.Option(help="One kind: gpu_on_demand, ft_training, ft_hosting, inference_api …"),
    ] = None,
    find: Annotated[str | None, typer.Option(help="Only prices whose id holds this text.")] = None,
    old: Annotated[bool, typer.Option("--old", help="Only those older than 90 days.")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List prices with their date; `!` marks those to check before you rely on them."""
    with open_services(settings(data_dir)) as services:
        listed = services.costing.prices(kind)
    wanted = [
        price
        for price in listed
        if (find or "").lower() in price.id.lower() and (price.stale or not old)
    ]
    if as_json:
        give_json([{**price.model_dump(), "stale": price.stale} for price in wanted])
        return
    give(table(("", "USD", "for", "date", "ends", "id"), map(_row, wanted)))
    stale = sum(price.stale for price in wanted)
    if stale:
        say(f"{stale} of {len(wanted)} prices are undated or older than 90 days: check them.")


@app.command(
    epilog=example("studio prices override inference-api/openai/gpt-6-luna-input/1m-tokens 0.08")
)
def override(
    price_id: PriceId,
    usd: Annotated[str, typer.Argument(help="Your price in USD.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Put in a price of your own; the listed one is kept beside it."""
    from studio.domain.errors import InvalidInput

    try:
        figure = Decimal(usd)
    except InvalidOperation as error:
        raise InvalidInput(
            f"{usd!r} is not a price.", hint="Give a number, for example 0.08."
        ) from error
    with open_services(settings(data_dir)) as services:
        _told(services.costing.override(price_id, figure), as_json)


@app.command(epilog=example("studio prices reset inference-api/openai/gpt-6-luna-input/1m-tokens"))
def reset(price_id: PriceId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Take your own price back."""
    with open_services(settings(data_dir)) as services:
        _told(services.costing.reset(price_id), as_json)


def _told(price: Price, as_json: bool) -> None:
    if as_json:
        give_json(price)
    else:
        give(table(("", "USD", "for", "date", "ends", "id"), [_row(price)]))
        say(f"Source: {price.source}.")


def _row(price: Price) -> tuple[object, ...]:
    mark = "own" if price.overridden else "!" if price.stale else ""
    return (
        mark,
        _usd(price),
        price.unit,
        price.price_date or "undated",
        price.shutdown_date,
        price.id,
    )


def _usd(price: Price) -> str | None:
    if price.value is not None:
        return f"{price.value:g}"
    if price.usd is not None:
        return f"{price.usd:f}"
    return None if price.low is None else f"{price.low:f} to {price.high:f}"
