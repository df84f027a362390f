"""studio endpoints: servers that speak the OpenAI wire, whose models can be measured too."""

from __future__ import annotations

from typing import Annotated

import typer

from studio.cli.connect import open_services
from studio.cli.exits import FAILED
from studio.cli.options import AsJson, DataDir, DialectName, example, settings
from studio.cli.output import give, give_json, say, table

app = typer.Typer(
    help="Servers that speak the OpenAI wire, whose models can be measured too.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(help="Short name: small letters, digits and dashes.")]


@app.command("list", epilog=example("studio endpoints list --json"))
def show(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List endpoints; a key is never shown, only where it is looked for."""
    with open_services(settings(data_dir)) as services:
        found = services.endpoints.all()
    if as_json:
        give_json([{**one.model_dump(), "leaves_machine": one.leaves_machine} for one in found])
        return
    rows = [
        (
            one.name,
            one.base_url,
            "another machine" if one.leaves_machine else "this machine",
            one.secret or "none",
            ", ".join(one.models) or "none named",
            ", ".join(one.trains) or "none",
        )
        for one in found
    ]
    give(table(("name", "address", "asks", "key", "models", "can be tuned"), rows))


@app.command(
    epilog=example(
        "studio endpoints add office http://127.0.0.1:8000/v1 --model qwen3-4b",
        "studio endpoints add openai https://api.openai.com/v1 --model gpt-4.1-mini "
        "--secret OPENAI_API_KEY",
        "studio endpoints add openai https://api.openai.com/v1 --dialect openai "
        "--trains gpt-4.1-mini-2025-04-14 --secret OPENAI_API_KEY",
    )
)
def add(
    name: Name,
    base_url: Annotated[str, typer.Argument(help="Address of the API, version included.")],
    model: Annotated[
        list[str] | None, typer.Option(help="Model to offer; repeat for several.")
    ] = None,
    secret: Annotated[
        str,
        typer.Option(help="Name of the environment variable or keyring entry with the key."),
    ] = "",
    api_version: Annotated[str, typer.Option(help="For Azure OpenAI's dated API.")] = "",
    dialect: Annotated[
        DialectName, typer.Option(help="Kind of server, as far as fine-tuning goes.")
    ] = "other",
    trains: Annotated[
        list[str] | None,
        typer.Option(help="Model that can be fine-tuned there; repeat for several."),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Add an endpoint; nothing is sent to it yet."""
    from studio.domain.endpoints import Dialect

    with open_services(settings(data_dir)) as services:
        made = services.endpoints.add(
            name, base_url, model or [], secret, api_version, Dialect(dialect), trains or []
        )
    if made.leaves_machine:
        say(f"Questions put to its models will be sent to {made.host}.")
    give_json(made) if as_json else give("\n".join(f"endpoint:{name}/{m}" for m in made.models))


@app.command(
    epilog=example(
        "studio endpoints change openai --dialect openai --trains gpt-4.1-mini-2025-04-14"
    )
)
def change(
    name: Name,
    base_url: Annotated[str | None, typer.Option(help="Another address.")] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="Models to offer instead; repeat for several.")
    ] = None,
    secret: Annotated[str | None, typer.Option(help="Name of another key.")] = None,
    api_version: Annotated[str | None, typer.Option(help="Of Azure OpenAI's dated API.")] = None,
    dialect: Annotated[DialectName | None, typer.Option(help="Kind of server.")] = None,
    trains: Annotated[
        list[str] | None,
        typer.Option(help="Models that can be fine-tuned there instead; repeat for several."),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Change an endpoint under its name; what you leave out stays as it is."""
    given = {
        "base_url": base_url,
        "models": model,
        "secret": secret,
        "api_version": api_version,
        "dialect": dialect,
        "trains": trains,
    }
    changes = {field: value for field, value in given.items() if value is not None}
    with open_services(settings(data_dir)) as services:
        changed = services.endpoints.change(services.endpoints.get(name).with_(**changes))
    give_json(changed) if as_json else say(f"The endpoint {name} is changed.")


@app.command(epilog=example("studio endpoints check office"))
def check(name: Name, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Ask an endpoint for its models: one request, without any of your data."""
    with open_services(settings(data_dir)) as services:
        state = services.endpoints.check(name)
    give_json(state) if as_json else give("\n".join((state.message, *state.models)))
    if not state.reachable:
        raise typer.Exit(FAILED)


@app.command(epilog=example("studio endpoints remove office"))
def remove(name: Name, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Forget an endpoint; what was measured with it stays."""
    with open_services(settings(data_dir)) as services:
        services.endpoints.remove(name)
    say(f"The endpoint {name} is forgotten.")
    if as_json:
        give_json({"removed": name})
