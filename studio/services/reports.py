"""Reports: everything a project has measured and decided, as a document to hand over."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal, TypeVar

import jinja2
from markupsafe import Markup

from studio.core.reports.outline import outlined
from studio.domain.costing import Case, Estimate, Price
from studio.domain.errors import InvalidInput, NotFound, StorageFailed, StudioError
from studio.domain.evaluation import RunStatus
from studio.domain.interfaces import Typesetter
from studio.domain.ladder import Failure, RungRun
from studio.domain.reports import Dossier, Report
from studio.domain.values import now
from studio.services.charters import CharterService
from studio.services.costing import CostingService
from studio.services.datasets import DatasetService
from studio.services.ladder import LadderService
from studio.services.models import ModelService
from studio.services.projects import ProjectService
from studio.services.retrieval import RetrievalService
from studio.services.training import TrainingService

T = TypeVar("T")
Format = Literal["html", "pdf"]
FORMATS: tuple[Format, ...] = ("html", "pdf")
NAMED = ("ladder-studio", "torch", "transformers", "peft", "duckdb", "bm25s")
"""Packages whose versions a result may depend on."""


class ReportService:
    """What a user can do with reports."""

    def __init__(
        self,
        folder: Path,
        typesetter: Typesetter,
        *,
        projects: ProjectService,
        charters: CharterService,
        ladder: LadderService,
        datasets: DatasetService,
        models: ModelService,
        training: TrainingService,
        retrieval: RetrievalService,
        costing: CostingService,
        estimates: Callable[[str], Sequence[Estimate]],
    ) -> None:
        """Takes the folder with the templates, and `estimates` to read those of a project."""
        self._folder, self._typesetter = folder, typesetter
        self._projects, self._charters, self._ladder = projects, charters, ladder
        self._datasets, self._models, self._training = datasets, models, training
        self._retrieval, self._costing, self._estimates = retrieval, costing, estimates

    def build(self, project_id: str) -> Report:
        """Returns the report as chapters of blocks."""
        return outlined(self.gather(project_id))

    def html(self, project_id: str) -> str:
        """Returns the report as one HTML file that needs nothing else."""
        return self._page(self.build(project_id))

    def pdf(self, project_id: str) -> bytes:
        """Returns the report as PDF; WorkerFailed when it cannot be set."""
        return self._paper(self.build(project_id))

    def write(
        self, project_id: str, folder: Path | str, formats: Sequence[Format] = FORMATS
    ) -> list[Path]:
        """Writes the report into a folder and returns the files.

        Raises:
            InvalidInput: when a format is not known.
            StorageFailed: when the folder cannot be written to.
        """
        unknown = [name for name in formats if name not in FORMATS]
        if unknown:
            raise InvalidInput(f"There is no report format {unknown[0]!r}; use html or pdf.")
        report = self.build(project_id)
        target = Path(folder).expanduser()
        written = []
        for kind in formats:
            content = self._paper(report) if kind == "pdf" else self._page(report).encode()
            path = target / f"{file_name(report)}.{kind}"
            try:
                target.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            except OSError as error:
                raise StorageFailed(
                    f"The report could not be written to {path}: {error.strerror or error}.",
                    hint="Name another folder with --out.",
                ) from error
            written.append(path)
        return written

    def gather(self, project_id: str) -> Dossier:
        """Collects everything the report rests on, as it is now."""
        project = self._projects.get(project_id)
        ladder = self._ladder
        runs = [run for run in ladder.all(project_id) if run.status is RunStatus.SUCCEEDED]
        suite = ladder.suite(project_id)
        measured_on = _found(suite.version_id, self._datasets.version) if suite else None
        asked = {run.setup.model_id for run in runs}
        tuned = [v for v in self._models.versions(project_id) if v.id in asked]
        bases = asked | {v.base_id for v in tuned}
        jobs = [_found(v.job_id, self._training.get) for v in tuned]
        trained_on = [_found(v.dataset_version_id, self._datasets.version) for v in tuned]
        case, trouble = self._case(project_id)
        return Dossier(
            project=project,
            charter=self._charters.get(project_id),
            verdict=ladder.verdict(project_id),
            suite=suite,
            suite_size=ladder.suite_size(project_id) if suite else 0,
            dataset=self._datasets.get(measured_on.dataset_id) if measured_on else None,
            version=measured_on,
            runs=tuple(runs),
            failures=tuple(self._failures(project_id, runs)),
            corpora=tuple(self._retrieval.corpora(project_id)),
            case=case,
            case_trouble=trouble,
            prices=tuple(self._used_prices(case)),
            estimates=tuple(self._estimates(project_id)),
            checklist=tuple(ladder.checklist(project_id)),
            bases=tuple(base for base in self._models.bases() if base.id in bases),
            tuned=tuple(tuned),
            jobs=tuple(job for job in jobs if job is not None),
            training_versions=tuple({v.id: v for v in trained_on if v is not None}.values()),
            surroundings=surroundings(),
            made_at=now(),
        )

    def _failures(self, project_id: str, runs: Sequence[RungRun]) -> list[Failure]:
        labels = self._ladder.labels(project_id)
        present = {run.id for run in runs}
        labelled = [label for label in labels if label.run_id in present]
        if labelled:
            newest = max(labelled, key=lambda label: label.created_at)
            return self._ladder.failures(newest.run_id)
        return self._ladder.failures(runs[0].id) if runs else []

    def _case(self, project_id: str) -> tuple[Case | None, str]:
        try:
            return self._costing.case(project_id), ""
        except StudioError as error:
            # A report without money is still a report, and says what is missing.
            return None, str(error)

    def _used_prices(self, case: Case | None) -> list[Price]:
        if case is None:
            return []
        # A source names the price it comes from by its id, in brackets.
        sources = " ".join(a.source for a in case.assumptions)
        return [price for price in self._costing.prices() if f"[{price.id}]" in sources]

    def _page(self, report: Report) -> str:
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(self._folder),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
        )
        css = Markup((self._folder / "report.css").read_text(encoding="utf-8"))
        page = environment.get_template("report.html.j2")
        # Drawings are made by core.reports.charts, which escapes every word in them.
        return page.render(report=report, css=css, drawing=Markup)

    def _paper(self, report: Report) -> bytes:
        data = report.model_dump(mode="json") | {
            "made": report.made_at.strftime("%Y-%m-%d %H:%M UTC")
        }
        return self._typesetter.pdf(self._folder / "report.typ", json.dumps(data))


def _found(key: str, find: Callable[[str], T]) -> T | None:
    try:
        return find(key)
    except NotFound:
        return None


def file_name(report: Report) -> str:
    """Returns a file name that every system accepts."""
    plain = "".join(
        c if c.isascii() and c.isalnum() else "-" for c in report.footer.split(" · ")[0]
    )
    return f"ladder-report-{'-'.join(filter(None, plain.lower().split('-')))[:60] or 'project'}"


def surroundings() -> tuple[tuple[str, str], ...]:
    """Returns versions and machine, for whoever wants the same result again."""
    rows = []
    for name in NAMED:
        try:
            rows.append((name, version(name)))
        except PackageNotFoundError:
            continue
    rows.append(("Python", platform.python_version()))
    rows.append(("Machine", f"{platform.system()} {platform.machine()}"))
    return tuple(rows)
