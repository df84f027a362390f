"""studio review: corrections that wait, and the word of the person who decides about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from studio.cli.connect import open_services
from studio.cli.options import AsJson, DataDir, example, settings
from studio.cli.output import give, give_json, say, table

if TYPE_CHECKING:
    from studio.domain.feedback import Review, ReviewVerdict
    from studio.services.review_learnt import PersonalData

app = typer.Typer(
    help="Corrections that wait for a person; only what is approved is learnt.",
    no_args_is_help=True,
)

ViewName = Literal["open", "needs_work", "disputed", "thumbs_down", "approved", "rejected"]
OrderName = Literal["useful", "newest", "oldest"]

Deployment = Annotated[str, typer.Argument(help="Name of the deployment.")]
Correction = Annotated[
    str, typer.Argument(help="Id of the correction, as `studio review list` shows.")
]
Who = Annotated[str, typer.Option("--as", help="Who decides; kept with the decision.")]
Note = Annotated[str, typer.Option(help="Why, in one sentence; kept with the decision.")]
Settles = Annotated[
    bool, typer.Option("--settle", help="End a disagreement between other reviewers.")
]
Redact = Annotated[bool, typer.Option("--redact", help="Take out what looks like personal data.")]
Keep = Annotated[
    bool, typer.Option("--keep-personal-data", help="Learn it as it is; needs --note.")
]


@app.command("list", epilog=example("studio review list support-router --show open --json"))
def show(
    name: Deployment,
    only: Annotated[ViewName, typer.Option("--show", help="Which part of the queue.")] = "open",
    order: Annotated[OrderName, typer.Option(help="`useful`: what teaches most first.")] = "useful",
    who: Who = "cli",
    limit: Annotated[int, typer.Option(min=1, max=200, help="Corrections at most.")] = 50,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List corrections with what they correct, and why each is shown first."""
    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        page = services.review.queue(
            deployment.id, only=only, order=order, reviewer=who, limit=limit
        )
    if as_json:
        give_json(page)
        return
    rows = [
        (
            item.inference.id if item.feedback is None else item.feedback.id,
            _short(item.messages[-1].content if item.messages else ""),
            _short(item.inference.output),
            _short(item.answer),
            ", ".join([*(one.kind for one in item.findings), *(one.name for one in item.doubts)]),
            item.why,
        )
        for item in page.items
    ]
    give(table(("id", "asked", "answered", "correction", "look at", "why first"), rows))
    say(f"{len(page.items)} of {page.total} shown.")


@app.command(epilog=example("studio review approve feedback_5f2c9a7be01d4c38 --redact"))
def approve(
    correction: Correction,
    redact: Redact = False,
    keep: Keep = False,
    note: Note = "",
    settles: Settles = False,
    who: Who = "cli",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Let a correction be learnt as it was given."""
    with open_services(settings(data_dir)) as services:
        review = services.review.decide(
            correction,
            _verdict("approved"),
            reviewer=who,
            personal_data=_personal_data(redact, keep),
            note=note,
            settles=settles,
        )
    _give(review, as_json)


@app.command(epilog=example('studio review edit feedback_5f2c9a7be01d4c38 "It arrives on Friday."'))
def edit(
    correction: Correction,
    answer: Annotated[str, typer.Argument(help="The answer that is learnt instead.")],
    redact: Redact = False,
    keep: Keep = False,
    note: Note = "",
    settles: Settles = False,
    who: Who = "cli",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Let another answer be learnt than the correction as it was given."""
    with open_services(settings(data_dir)) as services:
        review = services.review.decide(
            correction,
            _verdict("approved"),
            reviewer=who,
            answer=answer,
            personal_data=_personal_data(redact, keep),
            note=note,
            settles=settles,
        )
    _give(review, as_json)


@app.command(epilog=example('studio review reject feedback_5f2c9a7be01d4c38 --note "Not true"'))
def reject(
    correction: Correction,
    note: Note = "",
    settles: Settles = False,
    who: Who = "cli",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Let a correction never be learnt."""
    with open_services(settings(data_dir)) as services:
        review = services.review.decide(
            correction, _verdict("rejected"), reviewer=who, note=note, settles=settles
        )
    _give(review, as_json)


@app.command(epilog=example("studio review undo feedback_5f2c9a7be01d4c38"))
def undo(
    correction: Correction,
    settles: Settles = False,
    who: Who = "cli",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Take your last word about a correction back."""
    with open_services(settings(data_dir)) as services:
        review = services.review.undo(correction, reviewer=who, settles=settles)
    _give(review, as_json)


@app.command(epilog=example("studio review agreement support-router --json"))
def agreement(name: Deployment, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show how far people agree who judged the same things, and what follows from it."""
    with open_services(settings(data_dir)) as services:
        report = services.review.agreement(services.deployments.named(name).id)
    if as_json:
        give_json(report)
        return
    give(report.sentence)
    rows = [
        (one.about, one.n, _number(one.percent), _number(one.alpha), _number(one.ac1), one.sentence)
        for one in (report.reviews, report.thumbs)
    ]
    give(table(("of", "judged", "agreement", "alpha", "AC1", "in words"), rows))


@app.command(epilog=example("studio review conflicts support-router"))
def conflicts(name: Deployment, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List questions with different approved answers; none of these is learnt."""
    with open_services(settings(data_dir)) as services:
        found = services.review.conflicts(services.deployments.named(name).id)
    if as_json:
        give_json(found)
        return
    rows = [
        (item.feedback.id, _short(one.messages[-1].content), _short(item.answer))
        for one in found
        for item in one.items
        if item.feedback is not None
    ]
    give(table(("id", "asked", "approved answer"), rows))


def _verdict(word: str) -> ReviewVerdict:
    from studio.domain.feedback import ReviewVerdict

    return ReviewVerdict(word)


def _personal_data(redact: bool, keep: bool) -> PersonalData:
    if redact and keep:
        raise typer.BadParameter("Either --redact or --keep-personal-data, not both.")
    return "redacted" if redact else "kept" if keep else "none"


def _give(review: Review, as_json: bool) -> None:
    if as_json:
        give_json(review)
        return
    say(f"{review.verdict.value.replace('_', ' ').capitalize()} by {review.reviewer}.")
    give(review.id)


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


def _short(text: str, length: int = 40) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else f"{flat[: length - 1]}…"
