"""studio flywheel policy: when and how a deployment learns, as a file or setting by setting."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli.connect import open_services
from studio.cli.options import AsJson, DataDir, example, settings
from studio.cli.output import give, give_json, say

if TYPE_CHECKING:
    from studio.domain.retraining import RetrainPolicy

app = typer.Typer(help="When and how a deployment learns by itself.", no_args_is_help=True)

Deployment = Annotated[str, typer.Argument(help="Name of the deployment.")]
Who = Annotated[str, typer.Option("--as", help="Who changes it; kept with the policy.")]


@app.command(
    epilog=example(
        "studio flywheel policy show support-router",
        "studio flywheel policy show support-router > policy.yaml",
    )
)
def show(name: Deployment, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Write the policy as YAML, which `load` takes back."""
    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        policy = services.policies.get(deployment.id)
        text = services.policies.to_yaml(deployment.id)
        locked = services.policies.auto_locked_because(deployment.id)
        proves = services.policies.proves(deployment.id)
    if as_json:
        plain = policy.model_dump(mode="json")
        give_json({**plain, "auto_locked_because": locked, "gate_proves": proves})
        return
    give(text.rstrip())
    if policy.paused_because:
        say(f"Paused: {policy.paused_because} Arm it with `studio flywheel policy arm {name}`.")
    if locked:
        say(f"`auto` is locked: {locked}")
    for sentence in proves:
        say(sentence)


@app.command("set", epilog=example("studio flywheel policy set support-router mode=notify"))
def set_(
    name: Deployment,
    changes: Annotated[
        list[str], typer.Argument(metavar="NAME=VALUE...", help="Settings as `show` names them.")
    ],
    who: Who = "cli",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Change some settings; the others stay as they are."""
    text = "\n".join(_line(change) for change in changes)
    _load(name, text, who, as_json, data_dir)


@app.command(epilog=example("studio flywheel policy load support-router policy.yaml"))
def load(
    name: Deployment,
    file: Annotated[
        Path, typer.Argument(help="YAML or JSON.", exists=True, dir_okay=False, readable=True)
    ],
    who: Who = "cli",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Take the policy from a file; settings it leaves out stay as they are."""
    from studio.domain.errors import InvalidInput

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise InvalidInput(f"{file} cannot be read: {error}.") from error
    _load(name, text, who, as_json, data_dir)


@app.command(epilog=example("studio flywheel policy arm support-router"))
def arm(
    name: Deployment, who: Who = "cli", as_json: AsJson = False, data_dir: DataDir = None
) -> None:
    """Let a deployment learn again after it was paused or switched off."""
    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        policy = services.policies.arm(deployment.id, actor=who)
    _give(policy, as_json)


def _line(change: str) -> str:
    from studio.domain.errors import InvalidInput

    setting, told, value = change.partition("=")
    if not told or "\n" in change:
        raise InvalidInput(
            f"{change!r} is not NAME=VALUE.", hint="For example min_new_corrections=50."
        )
    return f"{setting.strip()}: {value.strip()}"


def _load(name: str, text: str, who: str, as_json: bool, data_dir: Path | None) -> None:
    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        policy = services.policies.from_yaml(deployment.id, text, actor=who)
    _give(policy, as_json)


def _give(policy: RetrainPolicy, as_json: bool) -> None:
    if as_json:
        give_json(policy)
        return
    say(f"Saved as version {policy.version}.")
    give(f"{policy.mode}, {'on' if policy.enabled else 'off'}")
