"""studio deployments: names that clients ask, what answers behind them, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from studio.cli import deployed, deployments_open, find
from studio.cli.connect import open_services
from studio.cli.options import AsJson, DataDir, ProjectName, example, settings
from studio.cli.output import give, give_json, say, table

app = deployments_open.app

Name = Annotated[str, typer.Argument(help="Name of the deployment.")]
Way = Annotated[
    str, typer.Argument(help="A revision's number or id, or a model's id or name for a new one.")
]
Why = Annotated[str, typer.Option("--why", help="Why, in one sentence; kept in the ledger.")]
Who = Annotated[
    str | None, typer.Option("--as", help="Who does it; your login name when left out.")
]
UNSAID = "Done on the command line."


@app.command("list", epilog=example("studio deployments list --json"))
def show_all(
    project: ProjectName = None, as_json: AsJson = False, data_dir: DataDir = None
) -> None:
    """List deployments with what answers behind each name."""
    with open_services(settings(data_dir)) as services:
        within = None if project is None else find.project(services, project).id
        told = [deployed.told(services, one) for one in services.deployments.all(within)]
    if as_json:
        give_json(told)
        return
    rows = [
        (
            one["name"],
            deployed.called(one["slots"].get("champion")),
            deployed.called(one["slots"].get("candidate")),
            f"{one['share']:.0%}",
            one["changes"],
        )
        for one in told
    ]
    give(table(("name", "champion", "candidate", "share", "changes"), rows))


@app.command(
    epilog=example(
        "studio deployments create support-router model_5f2c9a7be01d4c38",
        'studio deployments create support-router "Support router v3"',
    )
)
def create(
    name: Annotated[str, typer.Argument(help="Small letters, digits and hyphens.")],
    model: Annotated[str, typer.Argument(help="Id or name of the model that answers first.")],
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    who: Who = None,
    project: ProjectName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Make a deployment; its first revision is champion and anchor."""
    with open_services(settings(data_dir)) as services:
        made = services.deployments.create(
            project_id=find.project(services, project).id,
            name=name,
            model_id=deployed.model(services, model),
            description=description,
            actor=deployed.actor(who),
        )
        told = deployed.told(services, made)
    say(f"Programs ask it at /v1 as the model {made.name}.")
    give_json(told) if as_json else give(made.id)


@app.command(epilog=example("studio deployments show support-router"))
def show(name: Name, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show the slots of a deployment and every revision it has had."""
    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        told = deployed.told(services, deployment)
        revisions = services.deployments.revisions(deployment.id)
    if as_json:
        give_json({**told, "revisions": revisions})
        return
    rows = [
        (
            one.number,
            one.id,
            one.name,
            one.model_id,
            ", ".join(slot.value for slot in deployment.holds(one.id))
            or ("quarantined" if one.quarantined else ""),
        )
        for one in revisions
    ]
    give(table(("no", "id", "name", "model", "slots"), rows))
    if deployment.share:
        say(f"The candidate answers {deployment.share:.0%} of the sessions.")


@app.command(
    epilog=example('studio deployments candidate support-router 4 --share 0.05 --why "Try it."')
)
def candidate(
    name: Name,
    revision: Way,
    share: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the sessions that it answers.")
    ] = 0.05,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Only let it answer copies that nobody is shown.")
    ] = False,
    why: Why = UNSAID,
    who: Who = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Let a revision answer a share of the sessions, after it has answered a test question."""
    from studio.domain.deployments import Slot

    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        moved = services.deployments.place(
            deployment.id,
            Slot.SHADOW if shadow else Slot.CANDIDATE,
            deployed.revision(services, deployment, revision).id,
            share=None if shadow else share,
            actor=deployed.actor(who),
            reason=why,
        )
        told = deployed.told(services, moved)
    deployed.give_slots(told, as_json)


@app.command(epilog=example('studio deployments promote support-router --why "Better on all."'))
def promote(
    name: Name,
    revision: Annotated[
        str | None,
        typer.Argument(help="Number or id of a revision, or a model; the candidate otherwise."),
    ] = None,
    why: Why = UNSAID,
    who: Who = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Make the candidate, or another revision, the champion."""
    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        wanted = None if revision is None else deployed.revision(services, deployment, revision).id
        moved = services.deployments.promote(
            deployment.id, wanted, actor=deployed.actor(who), reason=why
        )
        told = deployed.told(services, moved)
    deployed.give_slots(told, as_json)


@app.command(epilog=example('studio deployments rollback support-router --why "Wrong teams."'))
def rollback(
    name: Name,
    why: Why = UNSAID,
    who: Who = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Take the candidate out; without one, bring the previous champion back."""
    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        moved = services.deployments.rollback(deployment.id, actor=deployed.actor(who), reason=why)
        told = deployed.told(services, moved)
    deployed.give_slots(told, as_json)


@app.command(epilog=example("studio deployments split support-router 0.25"))
def split(
    name: Name,
    share: Annotated[float, typer.Argument(min=0, max=1, help="Share for the candidate.")],
    why: Why = UNSAID,
    who: Who = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Send another share of the sessions to the candidate."""
    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        moved = services.deployments.split(
            deployment.id, share, actor=deployed.actor(who), reason=why
        )
        told = deployed.told(services, moved)
    deployed.give_slots(told, as_json)


@app.command(epilog=example('studio deployments anchor support-router 2 --why "Signed off."'))
def anchor(
    name: Name,
    revision: Way,
    why: Why = UNSAID,
    who: Who = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Choose the revision that no later one may be worse than."""
    from studio.domain.deployments import Slot

    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        moved = services.deployments.place(
            deployment.id,
            Slot.ANCHOR,
            deployed.revision(services, deployment, revision).id,
            actor=deployed.actor(who),
            reason=why,
        )
        told = deployed.told(services, moved)
    deployed.give_slots(told, as_json)


@app.command(epilog=example("studio deployments ledger support-router"))
def ledger(name: Name, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List every change of a deployment: who made it, when, and why."""
    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        found = services.deployments.ledger(deployment.id)
        numbers = {one.id: one.number for one in services.deployments.revisions(deployment.id)}
    if as_json:
        give_json(found)
        return
    rows = [
        (
            one.seq,
            f"{one.created_at:%Y-%m-%d %H:%M}",
            one.action,
            f"{_number(numbers, one.from_revision)} → {_number(numbers, one.to_revision)}",
            one.actor,
            one.reason,
        )
        for one in found
    ]
    give(table(("no", "at (UTC)", "what", "revision", "who", "why"), rows))


@app.command(epilog=example("studio deployments verify support-router"))
def verify(name: Name, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Check that no row of the ledger was changed; exit code 1 when one was."""
    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        broken = services.deployments.verify(deployment.id)
    if as_json:
        give_json({"name": name, "rows": deployment.seq, "first_broken": broken})
    elif broken is None:
        give(f"Every row is as it was written; there are {deployment.seq:,}.")
    else:
        give(f"Row {broken} is not as it was written.")
    if broken is not None:
        raise typer.Exit(1)


def _number(numbers: dict[str, int], revision_id: str | None) -> str:
    return str(numbers.get(revision_id or "", "-"))
