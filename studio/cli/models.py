"""studio models: what can be tuned and what was."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli import follow
from studio.cli.connect import open_services
from studio.cli.options import STARTER, AsJson, DataDir, example, settings
from studio.cli.output import give, give_json, say, table

if TYPE_CHECKING:
    from studio.domain.models import BaseModel
    from studio.services.container import Services

app = typer.Typer(help="What can be tuned and what was.", no_args_is_help=True)


@app.command("list", epilog=example("studio models list", "studio models list --json"))
def show(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List the base models and the tuned models on this machine."""
    with open_services(settings(data_dir)) as services:
        bases, tuned = services.models.bases(), services.models.versions()
    if as_json:
        give_json({"base": bases, "tuned": tuned})
        return
    rows = [
        *((base.id, "base", _millions(base), base.licence, base.name) for base in bases),
        *((one.id, f"tuned ({one.method})", "", "", one.name) for one in tuned),
    ]
    give(table(("id", "kind", "weights", "licence", "name"), rows))
    if not bases:
        say(f"No base model yet; `studio models pull {STARTER}` fetches the starter model.")


@app.command(epilog=example(f"studio models pull {STARTER}", "studio models pull Qwen/Qwen3-0.6B"))
def pull(
    name: Annotated[str, typer.Argument(help=f"Hub id, or `{STARTER}` for the starter model.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Fetch a base model and check every file of it; Ctrl+C stops it and keeps nothing."""
    with open_services(settings(data_dir)) as services:
        _told(fetched(services, name), as_json)


@app.command(epilog=example("studio models add ./my-model --name my-model"))
def add(
    folder: Annotated[
        Path,
        typer.Argument(exists=True, file_okay=False, help="Folder with config and safetensors."),
    ],
    name: Annotated[str | None, typer.Option(help="What to call it; the folder's name.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Copy a model folder in; anything but safetensors is refused."""
    folder = folder.resolve()
    with open_services(settings(data_dir)) as services:
        _told(services.models.add(folder, name or folder.name), as_json)


@app.command(epilog=example("studio models remove my-model"))
def remove(
    name: Annotated[str, typer.Argument(help="Id of the base model or of the tuned one.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Remove a model from this machine; a base model's tuned ones must go first."""
    with open_services(settings(data_dir)) as services:
        if any(name == version.id for version in services.models.versions()):
            services.models.remove_version(name)
        else:
            services.models.remove(name)
    if as_json:
        give_json({"removed": name})
    else:
        say(f"Removed {name}.")


def fetched(services: Services, name: str) -> BaseModel:
    """Fetches a base model, showing progress; Ctrl+C stops it and keeps nothing of it."""
    try:
        with follow.bar(f"Fetching {name}") as report:
            return services.models.pull(name, progress=follow.with_time_left(report))
    except KeyboardInterrupt:
        say(f"{name} was not fetched; nothing of it is kept.")
        raise


def _told(model: BaseModel, as_json: bool) -> None:
    if as_json:
        give_json(model)
    else:
        give(model.id)
        say(f"{model.name}: {_millions(model)} weights, licence {model.licence}.")


def _millions(model: BaseModel) -> str:
    return f"{model.facts.parameters / 1e6:.0f}M"
