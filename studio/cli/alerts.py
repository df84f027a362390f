"""studio alerts: webhooks and e-mails that tell what becomes of deployments."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from studio.cli import find
from studio.cli.connect import open_services
from studio.cli.options import AsJson, DataDir, ProjectName, example, settings
from studio.cli.output import give, give_json, say, table

app = typer.Typer(
    help="Webhooks and e-mails that tell what becomes of deployments.", no_args_is_help=True
)


@app.command("list", epilog=example("studio alerts list --json"))
def show(
    recent: Annotated[
        bool, typer.Option("--recent", help="What was told, instead of who hears of what.")
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List who hears of what; with --recent, what was told and what still waits."""
    with open_services(settings(data_dir)) as services:
        if recent:
            told = services.alerts.recent()
            if as_json:
                give_json(told)
                return
            rows = [
                (f"{one.created_at:%Y-%m-%d %H:%M}", one.event, one.status, one.tries, one.error)
                for one in told
            ]
            give(table(("at (UTC)", "event", "state", "tries", "trouble"), rows))
            return
        rules = services.alerts.rules()
        names = {project.id: project.name for project in services.projects.all()}
    if as_json:
        give_json(rules)
        return
    lines = [
        (
            one.id,
            one.channel,
            one.address,
            ", ".join(one.events) or "everything",
            names.get(one.project_id, one.project_id),
        )
        for one in rules
    ]
    give(table(("id", "by", "to", "of", "project"), lines))


@app.command(
    epilog=example(
        "studio alerts add webhook https://hooks.example.org/studio --event rolled_back",
        "studio alerts add email ada@example.org --show",
    )
)
def add(
    channel: Annotated[Literal["webhook", "email"], typer.Argument(help="webhook or email.")],
    address: Annotated[str, typer.Argument(help="Web address, or e-mail address.")],
    event: Annotated[
        list[str] | None,
        typer.Option(help="What to tell of; repeat for several. Everything when left out."),
    ] = None,
    only_show: Annotated[
        bool, typer.Option("--show", help="Show what would be sent, and add nothing.")
    ] = False,
    project: ProjectName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Let an address hear of what becomes of a project's deployments."""
    with open_services(settings(data_dir)) as services:
        found = find.project(services, project)
        if only_show:
            shown = services.alerts.draft(found.id, channel, address, event or ())
            give_json({"would_send": shown}) if as_json else give(shown)
            return
        made = services.alerts.add(found.id, channel, address, event or ())
    of = ", ".join(made.events) or "everything"
    say(f"{made.address} hears of {of} in {found.name}.")
    give_json(made) if as_json else give(made.id)


@app.command(epilog=example("studio alerts remove rule_5f2c9a7be01d4c38"))
def remove(
    rule: Annotated[str, typer.Argument(help="Its id, as `studio alerts list` shows it.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Let an address hear nothing more."""
    with open_services(settings(data_dir)) as services:
        gone = services.alerts.remove(rule)
    say(f"{gone.address} hears nothing more.")
    if as_json:
        give_json(gone)


@app.command(epilog=example("studio alerts test rule_5f2c9a7be01d4c38"))
def test(
    rule: Annotated[str, typer.Argument(help="Its id, as `studio alerts list` shows it.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Send an example now, once; exit code 1 when it does not arrive."""
    with open_services(settings(data_dir)) as services:
        told = services.alerts.test(rule)
    if told.status == "sent":
        say("It was taken.")
    else:
        say(told.error)
    if as_json:
        give_json(told)
    if told.status != "sent":
        raise typer.Exit(1)
