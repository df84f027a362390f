"""The studio command: global options and the list of commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio.cli import (
    alerts,
    chat,
    data,
    demo,
    deployments,
    documents,
    endpoints,
    estimate,
    evaluate,
    feedback,
    flywheel,
    jobs,
    keys,
    ladder,
    models,
    prices,
    report,
    review,
    roi,
    serve,
    train,
)
from studio.cli.exits import EXIT_CODES, GuardedGroup
from studio.cli.output import give

CODES = "\b\nExit codes:\n" + "\n".join(f"  {n:<4} {words}" for n, words in EXIT_CODES.items())

app = typer.Typer(
    cls=GuardedGroup,
    help="Ladder Studio: tune a language model on your examples and measure what it gained.",
    epilog=CODES,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        give(f"ladder-studio {version('ladder-studio')}")
        raise typer.Exit


@app.callback()
def studio(
    data_dir: Annotated[
        Path | None,
        typer.Option(
            "--data-dir",
            help="Folder that holds everything the studio keeps; also LADDER_DATA_DIR.",
            file_okay=False,
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and leave.", callback=_version),
    ] = False,
) -> None:
    """Ladder Studio: tune a language model on your examples and measure what it gained."""


app.command("demo", epilog=demo.EPILOG)(demo.demo)
app.command("serve", epilog=serve.EPILOG)(serve.serve)
app.add_typer(models.app, name="models")
app.add_typer(data.app, name="data")
app.command("train", epilog=train.EPILOG)(train.train)
app.add_typer(jobs.app, name="jobs")
app.command("evaluate", epilog=evaluate.EPILOG)(evaluate.evaluate)
app.add_typer(documents.app, name="documents")
app.add_typer(estimate.app, name="estimate")
app.add_typer(endpoints.app, name="endpoints")
app.add_typer(keys.app, name="keys")
app.add_typer(alerts.app, name="alerts")
app.add_typer(feedback.app, name="feedback")
app.add_typer(review.app, name="review")
app.add_typer(deployments.app, name="deployments")
app.add_typer(flywheel.app, name="flywheel")
app.add_typer(prices.app, name="prices")
app.add_typer(roi.app, name="roi")
app.add_typer(ladder.app, name="ladder")
app.command("report", epilog=report.EPILOG)(report.report)
app.command("chat", epilog=chat.EPILOG)(chat.chat)
