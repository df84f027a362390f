"""studio evaluate: a model measured on examples it has not seen, alone or against another."""

from __future__ import annotations

from typing import Annotated

import typer

from studio.cli import find, measure
from studio.cli.connect import open_services
from studio.cli.options import AsJson, DataDir, ProjectName, SplitName, example, settings
from studio.cli.output import give_json

EPILOG = example(
    "studio evaluate smollm2-135m-instruct tickets",
    "studio evaluate 'tickets v1' tickets --against smollm2-135m-instruct --json",
)


def evaluate(
    model: Annotated[str, typer.Argument(help="Base model or tuned model, by id or name.")],
    dataset: Annotated[str, typer.Argument(help="Dataset by name, by `name@2` or by id.")],
    split: Annotated[SplitName, typer.Option(help="Part of the dataset to measure on.")] = "test",
    against: Annotated[
        str | None, typer.Option(help="Second model to compare with, on the same examples.")
    ] = None,
    project: ProjectName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Measure a model on a split; answers already given are reused."""
    from studio.domain.datasets import Split

    with open_services(settings(data_dir), working=True) as services:
        version = find.version(services, dataset, project)
        place = services.datasets.get(version.dataset_id).project_id
        model_id = find.model(services, model)
        other = find.model(services, against) if against else None
        run = measure.one(services, place, version.id, model_id, Split(split))
        if other is None:
            give_json(run) if as_json else measure.tell_run(run)
            return
        baseline = measure.one(services, place, version.id, other, Split(split))
        comparison = services.evaluation.compare(baseline.id, run.id)
        give_json(comparison) if as_json else measure.tell(services, comparison)
