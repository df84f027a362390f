"""studio train: from a file or a dataset to a tuned, measured model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli import hosted, measure, tuning
from studio.cli.connect import open_services
from studio.cli.exits import REFUSED
from studio.cli.intake import Columns
from studio.cli.options import (
    STARTER,
    AsJson,
    DataDir,
    EffortName,
    MethodName,
    ObjectiveName,
    ProjectName,
    example,
    settings,
)
from studio.cli.output import give_json

if TYPE_CHECKING:
    from studio.domain.training import TrainingSpec
    from studio.services.container import Services

EPILOG = example(
    "studio train tickets.jsonl --effort quick",
    "studio train questions.csv --prompt-column text --answer-column category",
    "studio train tickets --backend endpoint:openai --base-model gpt-4.1-mini-2025-04-14 --plan",
    "studio train tickets --method qlora --epochs 2 --set early_stopping=0 --plan",
)


def train(
    data: Annotated[
        str, typer.Argument(help="File to import, or a dataset by name, `name@2` or id.")
    ],
    model: Annotated[
        str, typer.Option("--model", "--base-model", help="Model to start from.")
    ] = STARTER,
    backend: Annotated[
        str, typer.Option(help="Where to train: local, or endpoint:NAME for a provider.")
    ] = hosted.LOCAL,
    objective: Annotated[
        ObjectiveName, typer.Option(help="sft gives the answers; dpo prefers them to worse ones.")
    ] = "sft",
    agree: Annotated[
        str,
        typer.Option(help="Fingerprint of what may be sent, as --plan shows it."),
    ] = "",
    name: Annotated[str | None, typer.Option(help="What to call the tuned model.")] = None,
    method: Annotated[
        MethodName, typer.Option(help="qlora needs about a quarter of lora's weight memory.")
    ] = "lora",
    effort: Annotated[
        EffortName | None,
        typer.Option(
            help="Sets every hyperparameter you leave alone: balanced, or the provider's choice."
        ),
    ] = None,
    epochs: Annotated[float | None, typer.Option(help="How often each example is seen.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Size of each correction.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Examples per correction.")] = None,
    lora_rank: Annotated[int | None, typer.Option(help="Width of the adapter.")] = None,
    seed: Annotated[int | None, typer.Option(help="Start of all randomness.")] = None,
    other: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any other hyperparameter as NAME=VALUE; repeat for more."),
    ] = None,
    prompt_column: Annotated[
        str | None, typer.Option(help="Column with what the user says.")
    ] = None,
    answer_column: Annotated[
        str | None, typer.Option(help="Column with the answer to learn.")
    ] = None,
    system_prompt: Annotated[
        str, typer.Option(help="Instructions put before every example without its own.")
    ] = "",
    accept_refused: Annotated[
        bool, typer.Option("--accept-refused", help="Train although some rows are refused.")
    ] = False,
    leave_out: Annotated[
        bool, typer.Option("--leave-out", help="Leave out examples that do not fit, as listed.")
    ] = False,
    evaluate: Annotated[
        bool, typer.Option(help="Measure base and tuned model on the test split afterwards.")
    ] = True,
    test_file: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Measure on every row of this file as well."
        ),
    ] = None,
    plan_only: Annotated[
        bool, typer.Option("--plan", help="Only show what the run needs; start nothing.")
    ] = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="Start the job and return; `studio jobs` follows it.")
    ] = False,
    project: ProjectName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Tune a model on examples, follow it, and measure what it gained."""
    columns = Columns(prompt_column, answer_column, system_prompt=system_prompt)
    wanted = {
        "epochs": epochs,
        "learning_rate": learning_rate,
        "batch_size": batch_size,
        "lora_rank": lora_rank,
        "seed": seed,
    }
    with open_services(settings(data_dir), working=not plan_only) as services:
        model = tuning.ready_model(services, model, backend)
        source = tuning.Intake(services, project, columns, accept_refused)
        version = source.version(data)
        chosen = tuning.Chosen(model, name, method, effort or "balanced", backend, objective)
        spec = tuning.spec(services, version, chosen)
        spec, named = tuning.adjusted(spec, wanted, other or ())
        if spec.hosted:
            spec = hosted.left_to_server(services, spec, named, dialled=effort is not None)
        spec, plan = tuning.planned(services, spec, leave_out=leave_out)
        tuning.tell_plan(services, version, plan, as_data=plan_only and not as_json)
        if plan_only and as_json:
            give_json(plan)
        if not plan.can_start:
            raise typer.Exit(REFUSED)
        if not plan_only:
            if plan.disclosure is not None:
                tuning.tell_measuring(version, plan.disclosure, measured=evaluate)
                spec = spec.with_(agreed=hosted.agreed(plan.disclosure, agree))
            tests = [version.id] if evaluate else []
            if test_file is not None:
                tests.append(source.test_version(test_file, version).id)
            _run(services, spec, tests, detach=detach, as_json=as_json)


def _run(
    services: Services, spec: TrainingSpec, tests: list[str], *, detach: bool, as_json: bool
) -> None:
    """Starts the job; unless detached, follows it and measures on each of the test versions."""
    job = services.training.start(spec)
    if detach:
        tuning.give_job(services, job, as_json)
        return
    job = tuning.followed(services, job)
    results = [
        measure.both(services, spec.project_id, version_id, spec.base_id, job.model_version_id)
        for version_id in tests
    ]
    if as_json:
        give_json({"job": job, "model_version": job.model_version_id, "measured": results})
        return
    for result in results:
        measure.tell(services, result)
    tuning.tell_model(services, job)
