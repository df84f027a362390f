"""studio jobs: training jobs, running and past."""

from __future__ import annotations

from typing import Annotated

import typer

from studio.cli import tuning
from studio.cli.connect import open_services
from studio.cli.options import AsJson, DataDir, example, settings
from studio.cli.output import give, give_json, say, table

app = typer.Typer(help="Training jobs, running and past.", no_args_is_help=True)

JobId = Annotated[str, typer.Argument(help="Id of the job, as `studio jobs list` shows it.")]


@app.command("list", epilog=example("studio jobs list", "studio jobs list --json"))
def show_all(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List the jobs with their status."""
    with open_services(settings(data_dir)) as services:
        jobs = services.training.all()
    if as_json:
        give_json(jobs)
        return
    rows = []
    for job in jobs:
        begun = f"{job.created_at:%Y-%m-%d %H:%M}"
        step = f"{job.step}/{job.total_steps}"
        rows.append((job.id, job.status, job.backend, step, begun, job.name))
    give(table(("id", "status", "where", "step", "created (UTC)", "name"), rows))


@app.command(epilog=example("studio jobs show job_5f2c9a7be01d4c38 --log"))
def show(
    job_id: JobId,
    log: Annotated[bool, typer.Option("--log", help="The worker's last lines as well.")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Show one job: what was asked, how it stands, what it said."""
    with open_services(settings(data_dir)) as services:
        job = services.training.get(job_id)
        lines = services.training.log(job_id) if log else ""
    if as_json:
        give_json({"job": job, "log": lines} if log else {"job": job})
        return
    give(f"{job.name}: {job.status}, step {job.step} of {job.total_steps}, {job.backend}")
    if job.said:
        give(f"At the provider: {job.said}")
    if job.message:
        give(job.message)
    if job.model_version_id:
        give(f"model: {job.model_version_id}")
    if lines:
        give(lines)


@app.command("follow", epilog=example("studio jobs follow job_5f2c9a7be01d4c38"))
def follow_(job_id: JobId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Follow a job to its end; Ctrl+C cancels it, keeping a checkpoint."""
    with open_services(settings(data_dir), working=True) as services:
        job = tuning.followed(services, services.training.get(job_id))
        give_json(job) if as_json else tuning.tell_model(services, job)


@app.command(epilog=example("studio jobs pause job_5f2c9a7be01d4c38"))
def pause(job_id: JobId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Let a job wait, here or at its provider; it saves a checkpoint first."""
    with open_services(settings(data_dir), working=True) as services:
        job = services.training.pause(job_id)
    if as_json:
        give_json(job)
    else:
        say(f"{job.name} is {job.status}; it goes on with: studio jobs resume {job.id}")


@app.command(epilog=example("studio jobs cancel job_5f2c9a7be01d4c38"))
def cancel(job_id: JobId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Stop a job; it saves a checkpoint first and can be resumed."""
    with open_services(settings(data_dir), working=True) as services:
        job = services.training.cancel(job_id)
    if as_json:
        give_json(job)
    else:
        say(f"{job.name} is {job.status}; it goes on with: studio jobs resume {job.id}")


@app.command(epilog=example("studio jobs resume job_5f2c9a7be01d4c38"))
def resume(
    job_id: JobId,
    detach: Annotated[bool, typer.Option("--detach", help="Start it and return.")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Continue a job from its last checkpoint: a paused one itself, a stopped one as a new job."""
    with open_services(settings(data_dir), working=True) as services:
        job = services.training.resume(job_id)
        if detach:
            tuning.give_job(services, job, as_json)
            return
        job = tuning.followed(services, job)
        give_json(job) if as_json else tuning.tell_model(services, job)
