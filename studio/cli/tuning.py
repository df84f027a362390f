"""The steps of a fine-tune as the command line takes them: data, plan, start, follow."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from studio.cli import find, follow, hosted
from studio.cli.exits import CANCELLED, FAILED
from studio.cli.intake import Columns, bring_in, looked_at
from studio.cli.models import fetched
from studio.cli.options import STARTER
from studio.cli.output import duration, give, give_json, say, size
from studio.domain.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from studio.domain.datasets import DatasetVersion
    from studio.domain.jobs import Job
    from studio.domain.training import Disclosure, Plan, TrainingSpec
    from studio.services.container import Services


def ready_model(services: Services, name: str, backend: str = hosted.LOCAL) -> str:
    """Makes sure the base model is here, or known at its provider; returns its name.

    The starter model is fetched, others are asked for.
    """
    if backend != hosted.LOCAL:
        return hosted.base(services, backend, name)
    if any(base.id == name for base in services.models.bases()):
        return name
    if name != STARTER:
        raise NotFound(
            f"There is no base model {name!r} here.",
            hint=f"Fetch it with `studio models pull {name}`, or list what is here with "
            "`studio models list`.",
        )
    fetched(services, name)
    return name


class Intake(NamedTuple):
    """Where files named on the command line go, and how they are read."""

    services: Services
    project: str | None
    columns: Columns
    accept_refused: bool

    def version(self, data: str) -> DatasetVersion:
        """Returns the dataset version meant: a file is imported, anything else looked up."""
        file = Path(data).expanduser()
        if not file.is_file():
            return find.version(self.services, data, self.project)
        return self._imported(file, file.stem)

    def test_version(self, file: Path, trained: DatasetVersion) -> DatasetVersion:
        """Imports a file whose every row is for testing; says which rows are trained on anyway."""
        from studio.domain.datasets import Split

        version = self._imported(file, f"{file.stem} (test only)", held_out=True)
        learnt = {
            example.prompt_hash
            for example in self.services.datasets.examples(trained.id, split=Split.TRAIN)
        }
        seen = [
            example.line
            for example in self.services.datasets.examples(version.id)
            if example.prompt_hash in learnt
        ]
        if seen:
            lines = ", ".join(str(line) for line in seen[:10])
            say(
                f"Note: {len(seen)} questions of {file.name} are in the training data too and "
                f"flatter the score: line {lines}{' …' if len(seen) > 10 else ''}."
            )
        return version

    def _imported(self, file: Path, name: str, *, held_out: bool = False) -> DatasetVersion:
        return bring_in(
            self.services,
            looked_at(self.services, file, self.columns),
            project_id=find.project(self.services, self.project, make=True).id,
            name=name,
            columns=self.columns,
            accept_refused=self.accept_refused,
            held_out=held_out,
        )


class Chosen(NamedTuple):
    """What the command line says of a run."""

    model: str
    name: str | None
    method: str
    effort: str
    backend: str
    objective: str


def spec(services: Services, version: DatasetVersion, chosen: Chosen) -> TrainingSpec:
    """Returns the spec that the dial recommends."""
    from studio.domain.training import Effort, Method, Objective, TrainingSpec

    dial = Effort(chosen.effort)
    dataset = services.datasets.get(version.dataset_id)
    return TrainingSpec(
        project_id=dataset.project_id,
        name=chosen.name or f"{dataset.name} v{version.number}"[:80],
        dataset_version_id=version.id,
        base_model=chosen.model,
        backend=chosen.backend,
        objective=Objective(chosen.objective),
        method=Method(chosen.method),
        effort=dial,
        hyperparameters=services.training.recommended(
            version.id, chosen.model, dial, chosen.backend, Objective(chosen.objective)
        ),
    )


def adjusted(
    spec: TrainingSpec, explicit: Mapping[str, object], pairs: Sequence[str]
) -> tuple[TrainingSpec, Collection[str]]:
    """Returns the spec with the hyperparameters the user named, and their names."""
    import pydantic

    changes = {name: value for name, value in explicit.items() if value is not None}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name not in type(spec.hyperparameters).model_fields:
            raise InvalidInput(
                f"--set {pair} names no hyperparameter.",
                hint=f"Known: {', '.join(type(spec.hyperparameters).model_fields)}.",
            )
        changes[name] = value
    try:
        hyperparameters = spec.hyperparameters.with_(**changes)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InvalidInput(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
    return spec.with_(hyperparameters=hyperparameters), changes


def planned(
    services: Services, spec: TrainingSpec, *, leave_out: bool
) -> tuple[TrainingSpec, Plan]:
    """Returns the plan, and the spec with the rows left out that the user agreed to leave out."""
    plan = services.training.plan(spec)
    unfit = {row for blocker in plan.blockers for row in blocker.example_ids}
    if leave_out and unfit:
        spec = spec.with_(leave_out=tuple(sorted(unfit | set(spec.leave_out))))
        plan = services.training.plan(spec)
    return spec, plan


def tell_plan(services: Services, version: DatasetVersion, plan: Plan, *, as_data: bool) -> None:
    """Writes what the run needs, and everything that stands in its way with its remedy."""
    write = give if as_data else say
    write(f"Device:    {plan.device}")
    if plan.disclosure is None:
        write(f"Memory:    {size(plan.memory_needed)} needed, {size(plan.memory_available)} free")
        write(f"Disk:      {size(plan.disk_needed)} needed, {size(plan.disk_available)} free")
    else:
        hosted.tell_price(plan, write)
    low, high = duration(plan.seconds_low), duration(plan.seconds_high)
    write(f"Duration:  {low} to {high} ({plan.basis})")
    write(
        f"Work:      {plan.train_examples} examples, "
        f"{'unknown' if plan.total_steps is None else plan.total_steps} steps; "
        f"{plan.validation_examples} examples for validation"
    )
    if plan.disclosure is not None:
        hosted.tell_disclosure(services, version, plan.disclosure, write)
    for warning in plan.warnings:
        write(f"Note: {warning}")
    for blocker in plan.blockers:
        write(f"Cannot start: {blocker.what} {blocker.remedy}")
        if blocker.example_ids:
            concerned = set(blocker.example_ids)
            examples = services.datasets.examples(version.id)
            lines = [str(one.line) for one in examples if one.id in concerned]
            write(f"  Line {', '.join(lines)} of {version.source_filename}.")
            write("  Add --leave-out to train without them.")


def tell_measuring(version: DatasetVersion, sent: Disclosure, *, measured: bool) -> None:
    """Says that the test questions leave as well when the tuned model is measured afterwards."""
    from studio.domain.datasets import Split

    n = version.splits.get(Split.TEST, 0)
    if measured and n:
        say(
            f"Afterwards the {n} questions of the test split are sent to {sent.host} too, to "
            "measure base and tuned model; --no-evaluate leaves that out."
        )


def followed(services: Services, job: Job) -> Job:
    """Follows the job; exits with FAILED or CANCELLED unless it succeeds."""
    job = follow.job(services, job.id)
    if job.status == "succeeded":
        return job
    say(job.message or f"The job is {job.status}.")
    if job.status in ("interrupted", "paused"):
        say(f"What to do: studio jobs resume {job.id}")
    raise typer.Exit(CANCELLED if job.status in ("cancelled", "paused") else FAILED)


def give_job(services: Services, job: Job, as_json: bool) -> None:
    """Sees the job begin, if its device is free, and writes it; it goes on without this command."""
    services.monitor.poll_once()
    job = services.training.get(job.id)
    if as_json:
        give_json(job)
    else:
        give(job.id)
        say(f"It runs in the background; follow it with: studio jobs follow {job.id}")


def tell_model(services: Services, job: Job) -> None:
    """Writes what was made and how to talk to it."""
    if job.model_version_id is None:
        return
    version = services.models.version(job.model_version_id)
    give(version.id)
    if version.endpoint:
        say(f"Tuned model {version.name!r} answers as {version.where}")
    else:
        say(f"Tuned model {version.name!r} lies in {version.path}")
    say(f"Talk to it with: studio chat {version.id}")
