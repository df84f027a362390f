"""studio feedback: what people say of answers, one by one or from a file of earlier feedback."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from studio.cli import feedback_export
from studio.cli.connect import open_services
from studio.cli.options import AsJson, DataDir, example, settings
from studio.cli.output import give, give_json, say, table

app = feedback_export.app

Name = Annotated[str, typer.Argument(help="Name of the deployment.")]
Thumb = Literal["up", "down"]
SHOWN = 20
"""Refused rows that are listed; --json has them all."""


@app.command(
    epilog=example(
        "studio feedback add chatcmpl-5f2c9a7be01d4c38 --thumb down",
        'studio feedback add chatcmpl-5f2c9a7be01d4c38 --correction "The third desk." --as Anna',
    )
)
def add(
    answer: Annotated[str, typer.Argument(help="Id that the answer came with.")],
    thumb: Annotated[Thumb | None, typer.Option(help="What the answer is worth.")] = None,
    correction: Annotated[str | None, typer.Option(help="The answer it should have been.")] = None,
    comment: Annotated[str | None, typer.Option(help="Anything else.")] = None,
    rater: Annotated[str, typer.Option("--as", help="Who says it.")] = "cli",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Say what an answer was worth, or what it should have been."""
    from studio.domain import wire_names

    with open_services(settings(data_dir)) as services:
        kept, counted = services.feedback.add(
            wire_names.kept(answer),
            thumb_up=None if thumb is None else thumb == "up",
            correction=correction,
            comment=comment,
            rater=rater,
        )
    say(counted.sentence)
    give_json({"feedback": kept, "counted": counted}) if as_json else give(kept.id)


@app.command("list", epilog=example("studio feedback list support-router --limit 10"))
def show(
    name: Name,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 50,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List what was last said of a deployment's answers, newest first."""
    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        found = services.feedback.said(deployment.id, limit=limit)
        counted = services.feedback.counted(deployment.id)
    say(counted.sentence)
    if as_json:
        give_json(found)
        return
    rows = [
        (
            f"{one.created_at:%Y-%m-%d %H:%M}",
            one.rater,
            one.source,
            {True: "up", False: "down", None: ""}[one.thumb_up],
            one.correction or "",
            one.comment or "",
        )
        for one in found
    ]
    give(table(("when", "rater", "from", "thumb", "correction", "comment"), rows))


@app.command(
    "import",
    epilog=example(
        "studio feedback import support-router past.csv",
        "studio feedback import support-router past.jsonl --column prompt=question",
    ),
)
def bring_in(
    name: Name,
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="CSV or JSONL with question, answer, thumb, correction, comment, rater, "
            "created_at; the first two and one of the next three are needed.",
        ),
    ],
    column: Annotated[
        list[str] | None,
        typer.Option(help="A column that goes by another name, as THEIRS=OURS; repeat."),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Bring in what was said before; rows that cannot be used are listed with the reason."""
    mapping = dict(_pair(word) for word in column or ())
    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        found = services.feedback_imports.rows(
            deployment.id, str(file.resolve()), file.name, mapping
        )
        counted = services.feedback.counted(deployment.id)
    if as_json:
        give_json(found)
        return
    give(f"{found.kept:,} kept, {found.repeated:,} known already, {len(found.refused):,} refused")
    for row in found.refused[:SHOWN]:
        say(f"line {row.line}: {row.reason} {row.excerpt}")
    if len(found.refused) > SHOWN:
        say(f"… and {len(found.refused) - SHOWN:,} more; --json lists them all.")
    say(counted.sentence)


def _pair(word: str) -> tuple[str, str]:
    theirs, found, ours = word.partition("=")
    if not (theirs and found and ours):
        raise typer.BadParameter(f"{word!r} is not THEIRS=OURS, such as prompt=question.")
    return theirs, ours
