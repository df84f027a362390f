"""studio feedback export: what people said of a deployment's answers, as rows for trainers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from studio.cli.connect import open_services
from studio.cli.options import AsJson, DataDir, example, settings
from studio.cli.output import give, give_json, say

app = typer.Typer(help="What people say of answers.", no_args_is_help=True)

ShapeName = Literal["sft", "dpo", "openai-dpo", "kto"]
PartName = Literal["train", "holdout"]


@app.command(
    epilog=example(
        "studio feedback export support-router rows.jsonl --as sft",
        "studio feedback export support-router pairs.jsonl --as openai-dpo",
    )
)
def export(
    name: Annotated[str, typer.Argument(help="Name of the deployment.")],
    file: Annotated[Path, typer.Argument(dir_okay=False, help="JSONL file to write.")],
    shape: Annotated[
        ShapeName,
        typer.Option("--as", help="Answers to learn, pairs, or liked and disliked answers."),
    ] = "sft",
    part: Annotated[
        PartName, typer.Option(help="What may be trained on, or what is held out to judge by.")
    ] = "train",
    liked: Annotated[
        bool,
        typer.Option("--liked", help="Also write answers that people only liked (sft)."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Write approved corrections, thumbs and preferences as JSONL."""
    if file.exists() and not force:
        raise typer.BadParameter(f"{file} exists; add --force to replace it.")
    with open_services(settings(data_dir)) as services:
        deployment = services.deployments.named(name)
        found = services.feedback_exports.write(
            deployment.id, file.resolve(), shape=shape, part=part, liked=liked
        )
    if as_json:
        give_json(found)
        return
    give(f"{found.rows} rows in {file}")
    for sentence in found.report:
        say(sentence)
