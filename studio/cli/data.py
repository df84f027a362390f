"""studio data: bring examples in, look at them, take them out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli import find
from studio.cli.connect import open_services
from studio.cli.intake import Columns, bring_in, looked_at, tell_refused
from studio.cli.options import (
    AsJson,
    DataDir,
    FormatName,
    ProjectName,
    SplitName,
    example,
    settings,
)
from studio.cli.output import give, give_json, say, table

if TYPE_CHECKING:
    from studio.domain.datasets import DatasetVersion, Example, Preview

app = typer.Typer(help="Bring examples in, look at them, take them out.", no_args_is_help=True)

DatasetName = Annotated[
    str, typer.Argument(help="Dataset by name (its newest version), by `name@2`, or by id.")
]


@app.command(
    "import",
    epilog=example(
        "studio data import tickets.jsonl --name tickets",
        "studio data import questions.csv --prompt-column text --answer-column category",
    ),
)
def import_(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="JSONL, JSON, CSV, TSV or Parquet file."),
    ],
    name: Annotated[
        str | None, typer.Option(help="Dataset name; a known one gets its next version.")
    ] = None,
    prompt_column: Annotated[
        str | None, typer.Option(help="Column with what the user says.")
    ] = None,
    answer_column: Annotated[
        str | None, typer.Option(help="Column with the answer to learn.")
    ] = None,
    system_column: Annotated[
        str | None, typer.Option(help="Column with instructions for each row.")
    ] = None,
    context_column: Annotated[
        str | None, typer.Option(help="Column with extra material for each row.")
    ] = None,
    file_format: Annotated[
        FormatName | None,
        typer.Option("--format", help="Shape of the rows; guessed when left out."),
    ] = None,
    system_prompt: Annotated[
        str, typer.Option(help="Instructions put before every example without its own.")
    ] = "",
    accept_refused: Annotated[
        bool, typer.Option("--accept-refused", help="Import although some rows are refused.")
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only show what the import would give.")
    ] = False,
    project: ProjectName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Import a file; every refused row is listed, and nothing is dropped without your word."""
    columns = Columns(
        prompt_column, answer_column, system_column, context_column, file_format, system_prompt
    )
    with open_services(settings(data_dir)) as services:
        seen = looked_at(services, file, columns)
        if preview:
            _show_preview(seen, as_json)
            return
        place = find.project(services, project, make=True)
        version = bring_in(
            services,
            seen,
            project_id=place.id,
            name=name or file.stem,
            columns=columns,
            accept_refused=accept_refused,
        )
    if as_json:
        give_json(version)
    else:
        give(version.id)
        say(f"{_counts(version)} in project {place.name!r}.")


@app.command("list", epilog=example("studio data list", "studio data list --json"))
def show_all(
    project: ProjectName = None, as_json: AsJson = False, data_dir: DataDir = None
) -> None:
    """List the datasets with their newest version."""
    with open_services(settings(data_dir)) as services:
        found = [
            (place.name, dataset, services.datasets.versions(dataset.id))
            for place, dataset in find.datasets(services, project)
        ]
    if as_json:
        heads = ("project", "dataset", "versions")
        give_json([dict(zip(heads, one, strict=True)) for one in found])
        return
    rows = []
    for place_name, dataset, versions in found:
        newest = max(versions, key=lambda version: version.number)
        counts = (newest.number, newest.n_examples, newest.n_refused)
        rows.append((place_name, dataset.name, *counts))
    give(table(("project", "dataset", "version", "examples", "refused"), rows))


@app.command(epilog=example("studio data show tickets --split test --limit 5"))
def show(
    dataset: DatasetName,
    split: Annotated[
        SplitName | None, typer.Option(help="Only this part; all when left out.")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="How many examples to show.")] = 10,
    project: ProjectName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Show a dataset version: counts, label balance, refused rows, first examples."""
    from studio.domain.datasets import Split

    with open_services(settings(data_dir)) as services:
        version = find.version(services, dataset, project)
        part = Split(split) if split else None
        examples = services.datasets.examples(version.id, split=part)[:limit]
        refused = services.datasets.refused(version.id)
        balance = services.datasets.balance(version.id)
    if as_json:
        give_json(
            {"version": version, "balance": balance, "refused": refused, "examples": examples}
        )
        return
    give(_counts(version))
    if balance.closed:
        give(f"{len(balance.labels)} labels; too rare: {', '.join(balance.rare) or 'none'}")
    give(_example_table(examples))
    tell_refused(refused)


@app.command(epilog=example("studio data export tickets tickets-out.jsonl"))
def export(
    dataset: DatasetName,
    file: Annotated[Path, typer.Argument(dir_okay=False, help="JSONL file to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    project: ProjectName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Write a dataset version as JSONL that any fine-tuning tool reads: chat, or pairs."""
    if file.exists() and not force:
        raise typer.BadParameter(f"{file} exists; add --force to replace it.")
    with open_services(settings(data_dir)) as services:
        version = find.version(services, dataset, project)
        services.datasets.export_jsonl(version.id, file.resolve())
    if as_json:
        give_json({"version": version.id, "file": str(file.resolve())})
    else:
        say(f"Wrote {version.n_examples} examples to {file}.")


def _show_preview(preview: Preview, as_json: bool) -> None:
    if as_json:
        give_json(preview)
        return
    splits = ", ".join(f"{count} {split}" for split, count in preview.splits.items())
    give(f"{preview.source.filename}: {preview.n_rows} rows, read as {preview.format}")
    if preview.mapping:
        give(f"prompt: {preview.mapping.prompt}, answer: {preview.mapping.answer}")
    give(f"{preview.n_examples} examples ({splits}), {preview.n_duplicates} duplicates")
    give(_example_table(list(preview.examples)))
    tell_refused(preview.refused)


def _example_table(examples: list[Example]) -> str:
    pairs = any(one.rejected is not None for one in examples)
    rows = (
        (
            one.line,
            one.split,
            one.prompt[-1].content[:60] if one.prompt else "",
            one.answer[:40],
            *([(one.rejected or "")[:40]] if pairs else []),
        )
        for one in examples
    )
    return table(("line", "split", "prompt", "answer", *(["worse answer"] if pairs else [])), rows)


def _counts(version: DatasetVersion) -> str:
    splits = ", ".join(f"{count} {split}" for split, count in version.splits.items())
    return (
        f"Version {version.number}: {version.n_examples} examples ({splits}), "
        f"{version.n_refused} refused"
    )
