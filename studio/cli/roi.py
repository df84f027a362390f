"""studio roi: what each decision costs and returns, and the assumptions it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli import find
from studio.cli.connect import open_services
from studio.cli.options import AsJson, DataDir, ProjectName, example, settings
from studio.cli.output import give, give_json, say, table

if TYPE_CHECKING:
    from studio.domain.costing import Case, Returns

app = typer.Typer(help="What each decision costs and returns.", no_args_is_help=True)

HEADS = (
    "",
    "arm",
    "score",
    "first",
    "a month",
    "worth now",
    "IRR a month",
    "ROI",
    "paid back",
    "from requests",
)
SHOWN = 8
"""Bars of the tornado that are printed."""


@app.command(
    "show",
    epilog=example(
        "studio roi show --project Acme",
        "studio roi show --set requests.month=40000 --set answer.success_value=3",
    ),
)
def show(
    project: ProjectName = None,
    put: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE[:LOW:HIGH]",
            help="Put in your figure, perhaps with its range; kept for the project.",
        ),
    ] = None,
    unset: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="Take your figure for this key back.")
    ] = None,
    source: Annotated[str, typer.Option(help="Where the figures given with --set come from.")] = "",
    owner: Annotated[str, typer.Option(help="Who stands for those figures.")] = "",
    assumptions: Annotated[
        bool, typer.Option("--assumptions", help="List every assumption with its source.")
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Show the business case: staying, prompting, retrieval and fine-tuning side by side."""
    figures = [_figure(text) for text in put or ()]
    with open_services(settings(data_dir)) as services:
        place = find.project(services, project)
        for key in unset or ():
            services.costing.unassume(place.id, key)
        for key, value, low, high in figures:
            services.costing.assume(place.id, key, value, source, low, high, owner)
        case = services.costing.case(place.id)
    if as_json:
        give_json(case)
        return
    _tell(case)
    if assumptions:
        give("")
        give(_assumptions(case))
    for warning in case.warnings:
        say(f"! {warning}")


def _figure(text: str) -> tuple[str, float, float | None, float | None]:
    from studio.domain.errors import InvalidInput

    key, _, said = text.partition("=")
    try:
        value, *ends = (float(number) for number in said.split(":"))
        low, high = ends or (None, None)
    except ValueError as error:
        raise InvalidInput(
            f"--set {text!r} is not KEY=VALUE or KEY=VALUE:LOW:HIGH with numbers.",
            hint="For example --set requests.month=40000, or =40000:30000:60000 with its range.",
        ) from error
    return key.strip(), value, low, high


def _tell(case: Case) -> None:
    give(table(HEADS, [_row(case, one) for one in case.arms]))
    give("")
    give(
        f"Over {case.horizon_months} months at {case.annual_rate:.1%} a year, in {case.currency};"
        f" {case.requests_month:,.0f} requests a month; a score with * is a prior."
    )
    if case.break_even_accuracy is not None:
        give(f"Below {case.break_even_accuracy:.1%} right answers an unchecked answer loses money.")
    subject = next(one.arm.title for one in case.arms if one.arm.key == case.subject)
    give("")
    give(f"{subject}, when the assumptions move:")
    for words, drawn in (
        ("each by itself", case.simulation),
        ("benefits together", case.correlated),
    ):
        give(
            f"  {words}: {drawn.p10:,.0f} to {drawn.p90:,.0f}, middle {drawn.p50:,.0f},"
            f" loss in {drawn.probability_of_loss:.0%} of {drawn.draws:,} draws"
        )
    give("")
    bars = [
        (f"{bar.low_npv:,.0f}", f"{bar.high_npv:,.0f}", bar.key, bar.title)
        for bar in case.tornado[:SHOWN]
    ]
    give(table(("low", "high", "key", "what moves the worth most"), bars))


def _row(case: Case, one: Returns) -> tuple[object, ...]:
    arm = one.arm
    score = None if arm.score is None else f"{arm.score:.3f}{'' if arm.measured else '*'}"
    month = arm.opex[-1] if arm.opex else 0.0
    return (
        "->" if arm.key == case.best else "",
        arm.title if not arm.blocked_because else f"{arm.title} (blocked)",
        score,
        f"{arm.capex:,.0f}",
        f"{month:,.0f}",
        f"{one.npv:,.0f}",
        None if one.irr_month is None else f"{one.irr_month:.2%}",
        None if one.roi is None else f"{one.roi:+.0%}",
        _months(one),
        "never" if one.break_even_requests is None else f"{one.break_even_requests:,.0f}",
    )


def _months(one: Returns) -> str:
    if one.arm.key == "stay":
        return "-"
    month = one.discounted_payback_month
    return "never" if month is None else f"month {month}"


def _assumptions(case: Case) -> str:
    rows = [
        (
            row.key,
            f"{row.value:,.4g}",
            f"{row.low:,.4g} to {row.high:,.4g}" if row.low < row.high else "",
            row.unit,
            "own" if row.edited else "",
            f"{row.source} ({row.owner})" if row.owner else row.source,
        )
        for row in case.assumptions
    ]
    return table(("key", "value", "range", "unit", "", "source"), rows)
