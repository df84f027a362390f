"""studio report: what a project measured and decided, as a document to hand over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from studio.cli import find
from studio.cli.connect import open_services
from studio.cli.options import AsJson, DataDir, ProjectName, example, settings
from studio.cli.output import give, give_json

EPILOG = example(
    "studio report --project 'Quernbeck Orchards'", "studio report --out ./handover --json"
)


def report(
    out: Annotated[
        Path, typer.Option("--out", help="Folder to write to.", file_okay=False)
    ] = Path(),
    html: Annotated[bool, typer.Option("--html/--no-html", help="Write the HTML report.")] = True,
    pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="Write the PDF report.")] = True,
    project: ProjectName = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Write the report of a project: decision, evidence, costs, risks, sign-off."""
    formats: list[Literal["html", "pdf"]] = []
    if html:
        formats.append("html")
    if pdf:
        formats.append("pdf")
    if not formats:
        raise typer.BadParameter("Choose at least one of --html and --pdf.")
    with open_services(settings(data_dir)) as services:
        place = find.project(services, project)
        written = services.reports.write(place.id, out.resolve(), formats)
    paths = [str(path) for path in written]
    give_json({"files": paths}) if as_json else give("\n".join(paths))
