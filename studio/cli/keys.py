"""studio keys: keys with which programs use the studio at /v1."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from studio.cli import find
from studio.cli.connect import open_services
from studio.cli.options import AsJson, DataDir, ProjectName, example, settings
from studio.cli.output import give, give_json, say, table

if TYPE_CHECKING:
    from studio.domain.keys import Scope

app = typer.Typer(
    help="Keys with which programs use the studio as they use OpenAI.", no_args_is_help=True
)


@app.command(
    epilog=example(
        'studio keys create "nightly retraining" --scope train --scope read --days 90',
        "export OPENAI_API_KEY=$(studio keys create laptop)",
    )
)
def create(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="What it is good for: read, train, chat, feedback, deploy or all; repeat for "
            "several. Everything when left out."
        ),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="Days until it ends; never when left out.")
    ] = None,
    project: ProjectName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Make a key and write it to stdout, the only time that it can be read."""
    ends = None if days is None else datetime.now(UTC) + timedelta(days=days)
    with open_services(settings(data_dir)) as services:
        found = find.project(services, project)
        made = services.keys.create(name, found.id, _scopes(scope or ["all"]), ends)
    say(f"This is the only time that the key is shown. What it makes lies in {found.name}.")
    give_json(made) if as_json else give(made.key)


@app.command("list", epilog=example("studio keys list --json"))
def show(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List keys, as far as they may be told."""
    with open_services(settings(data_dir)) as services:
        found, asked_here = services.keys.all(), services.keys.asked_here()
        names = {project.id: project.name for project in services.projects.all()}
    at = datetime.now(UTC)
    if as_json:
        give_json([{**one.model_dump(), "ended": one.ended(at) or None} for one in found])
        return
    rows = [
        (
            one.id,
            one.name,
            f"{one.prefix}…",
            ", ".join(one.scopes),
            names.get(one.project_id, one.project_id),
            f"{one.last_used_at:%Y-%m-%d %H:%M}" if one.last_used_at else "never",
            one.ended(at) or "good",
        )
        for one in found
    ]
    give(table(("id", "name", "key", "good for", "project", "last used (UTC)", "state"), rows))
    say(
        "Programs on this machine need a key too."
        if asked_here
        else "Programs on this machine need no key."
    )


@app.command(epilog=example("studio keys revoke key_5f2c9a7be01d4c38"))
def revoke(
    key: Annotated[str, typer.Argument(help="Its id, as `studio keys list` shows it.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Make a key good for nothing, at once."""
    with open_services(settings(data_dir)) as services:
        gone = services.keys.revoke(key)
    say(f"The key {gone.prefix}… ({gone.name}) is good for nothing any more.")
    if as_json:
        give_json(gone)


@app.command("require", epilog=example("studio keys require on"))
def require(
    wanted: Annotated[Literal["on", "off"], typer.Argument(help="on or off.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Say whether programs on this machine need a key too; those on others always do."""
    with open_services(settings(data_dir)) as services:
        holds = services.keys.ask_here(wanted == "on")
    say("Programs on this machine need " + ("a key too." if holds else "no key."))
    if as_json:
        give_json({"key_here": holds})


def _scopes(words: list[str]) -> tuple[Scope, ...]:
    from studio.domain.errors import InvalidInput
    from studio.domain.keys import Scope

    known = [scope.value for scope in Scope]
    for word in words:
        if word not in known:
            raise InvalidInput(
                f"A key cannot be good for {word!r}.", hint=f"Choose of: {', '.join(known)}."
            )
    return tuple(Scope(word) for word in words)
