"""studio deployments change, open, close: what a deployment may learn from, and its open page."""

from __future__ import annotations

from typing import Annotated

import typer

from studio.cli import deployed
from studio.cli.connect import open_services
from studio.cli.options import AsJson, DataDir, example, settings
from studio.cli.output import give, give_json, say

app = typer.Typer(
    help="Deployments: a name that stays while what answers behind it changes.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(help="Name of the deployment.")]


@app.command(epilog=example("studio deployments change support-router --no-learn"))
def change(
    name: Name,
    learn: Annotated[
        bool | None,
        typer.Option("--learn/--no-learn", help="Whether people agreed to be learnt from."),
    ] = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Say whether feedback may be learnt from, and what a deployment is for."""
    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        changed = services.deployments.change(
            deployment.id, description=description, may_train=learn
        )
        told = deployed.told(services, changed)
    if as_json:
        give_json(told)
        return
    may = "may" if changed.may_train else "may not"
    give(f"What is sent to {name} {may} be learnt from.")


@app.command("open", epilog=example("studio deployments open support-router"))
def open_(name: Name, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Open its feedback page under a new address, for people without an account."""
    with open_services(settings(data_dir)) as services:
        opened = services.deployments.open_link(services.deployments.named(name).id)
    path = f"/f/{opened.link}"
    if as_json:
        give_json({"name": name, "path": path})
        return
    say("Put the studio's own address before it; whoever has it can ask, rate and correct.")
    give(path)


@app.command(epilog=example("studio deployments close support-router"))
def close(name: Name, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Close its feedback page; the address leads nowhere from then on."""
    with open_services(settings(data_dir)) as services:
        services.deployments.close_link(services.deployments.named(name).id)
    if as_json:
        give_json({"name": name, "path": None})
        return
    give(f"The feedback page of {name} is closed.")
