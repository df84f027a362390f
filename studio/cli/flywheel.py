"""studio flywheel: how deployments learn by themselves, and the word people have in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli import flywheel_policy
from studio.cli.connect import open_services
from studio.cli.options import AsJson, DataDir, example, settings
from studio.cli.output import give, give_json, say, table

if TYPE_CHECKING:
    from studio.domain.retraining import RetrainCycle
    from studio.services.container import Services

app = typer.Typer(
    help="Retraining from feedback: when it begins, how it stands, who decides.",
    no_args_is_help=True,
)
app.add_typer(flywheel_policy.app, name="policy")

Deployment = Annotated[str, typer.Argument(help="Name of the deployment.")]
CycleId = Annotated[str, typer.Argument(help="Id of the cycle, as `studio flywheel cycles` shows.")]
Note = Annotated[str, typer.Option(help="Why, in one sentence; kept with the decision.")]
Who = Annotated[str, typer.Option("--as", help="Who decides; kept with the decision.")]


@app.command(epilog=example("studio flywheel status support-router"))
def status(name: Deployment, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Say what a deployment waits for before it learns again."""
    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        readiness = services.retraining.readiness(deployment.id)
        running = [c for c in services.retraining.cycles(deployment.id) if c.open]
    if as_json:
        give_json({"readiness": readiness, "running": running})
        return
    give(readiness.sentence)
    rows = [("yes" if c.met else "no", c.name, c.sentence) for c in readiness.conditions]
    give(table(("met", "condition", "now"), rows))
    for cycle in running:
        give(f"cycle {cycle.number} ({cycle.id}) is {cycle.state}: {cycle.message}")


@app.command(epilog=example("studio flywheel cycles support-router --json"))
def cycles(
    name: Annotated[str | None, typer.Argument(help="Only of this deployment.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List the times that deployments were retrained, newest first."""
    with open_services(settings(data_dir)) as services:
        one = None if name is None else services.deployments.named(name).id
        found = services.retraining.cycles(one)
        names = {d.id: d.name for d in services.deployments.all()}
    if as_json:
        give_json(found)
        return
    rows = [
        (c.id, names.get(c.deployment_id, c.deployment_id), c.number, c.state, c.trigger, c.message)
        for c in found
    ]
    give(table(("id", "deployment", "no", "state", "because of", "last"), rows))


@app.command(epilog=example("studio flywheel show cycle_5f2c9a7be01d4c38"))
def show(cycle_id: CycleId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show one cycle: every move, every check of its gate, every look at its rollout."""
    with open_services(settings(data_dir)) as services:
        found = services.retraining
        cycle, events, gate = (
            found.cycle(cycle_id),
            found.events(cycle_id),
            found.gate(cycle_id),
        )
        rollout = found.rollout(cycle_id)
        checks = [] if rollout is None else found.checks(rollout.id)
    if as_json:
        give_json(
            {"cycle": cycle, "events": events, "gate": gate, "rollout": rollout, "checks": checks}
        )
        return
    give(f"cycle {cycle.number}: {cycle.state}, begun because of {cycle.trigger}")
    rows = [(f"{e.created_at:%Y-%m-%d %H:%M:%S}", e.to_state, e.actor, e.message) for e in events]
    give(table(("at (UTC)", "state", "by", "why"), rows))
    if gate is not None:
        give(f"gate: {gate.verdict}. {gate.summary}")
        give(
            table(
                ("check", "verdict", "in words"),
                [(c.name, c.verdict, c.sentence) for c in gate.checks],
            )
        )
    if checks:
        give(f"rollout: {checks[-1].sentence}")


@app.command(epilog=example("studio flywheel start support-router"))
def start(
    name: Deployment, who: Who = "cli", as_json: AsJson = False, data_dir: DataDir = None
) -> None:
    """Begin a cycle now; one that is under way is superseded."""
    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        cycle = services.retraining.start(deployment.id, actor=who)
    _give(cycle, as_json)


@app.command("roll-out", epilog=example("studio flywheel roll-out support-router 3"))
def roll_out(
    name: Deployment,
    number: Annotated[int, typer.Argument(help="Number of the revision, as its page shows.")],
    note: Note = "",
    who: Who = "cli",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Let a revision that you brought answer some of the people, watched for harm."""
    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        found = [r.id for r in services.deployments.revisions(deployment.id) if r.number == number]
        if not found:
            raise typer.BadParameter(f"{name} has no revision {number}.")
        cycle = services.retraining.roll_out(deployment.id, found[0], actor=who, note=note)
    _give(cycle, as_json)


@app.command(epilog=example('studio flywheel approve cycle_5f2c9a7be01d4c38 --note "Read 20"'))
def approve(
    cycle_id: CycleId,
    note: Note = "",
    who: Who = "cli",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Let a candidate that passed its gate answer people, a few at first."""
    with open_services(settings(data_dir)) as services:
        cycle = services.retraining.approve(cycle_id, actor=who, note=note)
    _give(cycle, as_json)


@app.command(epilog=example('studio flywheel decline cycle_5f2c9a7be01d4c38 --note "Tone"'))
def decline(
    cycle_id: CycleId,
    note: Note = "",
    who: Who = "cli",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """End a cycle whose candidate passed its gate and is not wanted."""
    with open_services(settings(data_dir)) as services:
        cycle = services.retraining.decline(cycle_id, actor=who, note=note)
    _give(cycle, as_json)


@app.command(epilog=example("studio flywheel cancel cycle_5f2c9a7be01d4c38"))
def cancel(
    cycle_id: CycleId,
    note: Note = "",
    who: Who = "cli",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Stop a cycle: its training ends, its candidate answers nobody any more."""
    with open_services(settings(data_dir)) as services:
        cycle = services.retraining.cancel(cycle_id, actor=who, note=note)
    _give(cycle, as_json)


@app.command(epilog=example("studio flywheel tick --json"))
def tick(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Look once at everything, as a running studio does every second."""
    with open_services(settings(data_dir)) as services:
        services.retraining.tick()
        running = _running(services)
    if as_json:
        give_json(running)
        return
    rows = [(c.id, c.number, c.state, c.message) for c in running]
    give(table(("id", "no", "state", "last"), rows))


def _running(services: Services) -> list[RetrainCycle]:
    return [cycle for cycle in services.retraining.cycles() if cycle.open]


def _give(cycle: RetrainCycle, as_json: bool) -> None:
    if as_json:
        give_json(cycle)
        return
    say(f"Cycle {cycle.number} is {cycle.state}. {cycle.message}")
    give(cycle.id)
