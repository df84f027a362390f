"""Small services in memory, for the pages' view models: they hold what a test puts in."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from studio.domain.datasets import (
    Balance,
    ColumnMapping,
    DataFormat,
    Dataset,
    DatasetVersion,
    Example,
    LabelCount,
    Preview,
    RefusedRow,
    SourceFile,
    Split,
)
from studio.domain.errors import InvalidDataset, NotFound, StudioError
from studio.domain.evaluation import Comparison, Decoding, EvaluationRun, SideBySide
from studio.domain.models import BaseModel, Fetch, ModelVersion
from studio.services.tuning_prices import TuningPriceService
from tests.fakes.page_charters import FakeCharters, FakeEndpoints, FakeEstimates
from tests.fakes.page_flywheel import FakeDeployments
from tests.fakes.page_ladder import FakeLadder
from tests.fakes.page_playground import FakeFeedback, FakePlayground
from tests.fakes.page_retrieval import FakeRetrieval
from tests.fakes.page_thresholds import thresholds
from tests.fakes.page_training import FakeTraining
from tests.fakes.page_values import START, base_model, example, run, version


class FakeDatasets:
    """Datasets that a test puts in; a preview with as many refused rows as wanted."""

    def __init__(self) -> None:
        self.sets = [Dataset(id="ds_1", project_id="prj_1", name="Tickets", created_at=START)]
        self.kept = [version()]
        self.refused_rows = (RefusedRow(line=3, reason="The answer is empty.", excerpt="=1+1"),)
        self.failure: StudioError | None = None
        self.n_examples = 100
        self.created: dict[str, Any] = {}
        self.previewed: list[dict[str, Any]] = []
        self.labels = Balance(
            closed=True,
            labels=(
                LabelCount(label="billing", train=79, validation=9, test=9),
                LabelCount(label="legal", train=1, validation=1, test=1),
            ),
            rare=("legal",),
        )

    def stage(self, path: Path, filename: str) -> SourceFile:
        return SourceFile(id="src_1", filename=filename, path=str(path), size=9, sha256="a" * 64)

    def preview(
        self,
        source_id: str,
        format: DataFormat | None = None,
        mapping: ColumnMapping | None = None,
        system_prompt: str = "",
        progress: Any = None,
    ) -> Preview:
        self.previewed.append({"format": format, "mapping": mapping, "system": system_prompt})
        if self.failure is not None:
            raise self.failure
        chosen = format or DataFormat.COLUMNS
        tabular = ColumnMapping(prompt="text", answer="label")
        return Preview(
            source=self.stage(Path("/x"), "tickets.csv"),
            format=chosen,
            columns=("text", "label", "note"),
            mapping=(mapping or tabular) if chosen is DataFormat.COLUMNS else None,
            rows=({"text": "Where is my bill?", "label": "billing", "note": ""},),
            examples=(example(),),
            n_rows=self.n_examples + len(self.refused_rows),
            n_examples=self.n_examples,
            n_duplicates=0,
            refused=self.refused_rows,
            splits={Split.TRAIN: 80, Split.VALIDATION: 10, Split.TEST: 10},
            balance=self.labels,
        )

    def create(self, source_id: str, **given: Any) -> DatasetVersion:
        if self.refused_rows and not given["accept_refused"]:
            raise InvalidDataset("1 row cannot become an example.")
        self.created = given
        made = version(id="dsv_2", number=2)
        self.kept.append(made)
        return made

    def all(self, project_id: str) -> list[Dataset]:
        return [kept for kept in self.sets if kept.project_id == project_id]

    def get(self, dataset_id: str) -> Dataset:
        return self._one(self.sets, dataset_id)

    def versions(self, dataset_id: str) -> list[DatasetVersion]:
        return [kept for kept in self.kept if kept.dataset_id == dataset_id]

    def version(self, version_id: str) -> DatasetVersion:
        return self._one(self.kept, version_id)

    def examples(self, version_id: str, split: Split | None = None) -> list[Example]:
        return [kept for kept in (example(1), example(2)) if split in (None, kept.split)]

    def balance(self, version_id: str) -> Balance:
        return self.labels

    def refused(self, version_id: str) -> list[RefusedRow]:
        return list(self.refused_rows)

    @staticmethod
    def _one(kept: list[Any], wanted: str) -> Any:
        for thing in kept:
            if thing.id == wanted:
                return thing
        raise NotFound(f"There is nothing under {wanted}.")


class FakeModels:
    """One base model, and the tuned ones that a test puts in."""

    def __init__(self) -> None:
        self.base_models = [base_model()]
        self.tuned: list[ModelVersion] = []

    def bases(self) -> list[BaseModel]:
        return self.base_models

    def base(self, name: str) -> BaseModel:
        for model in self.base_models:
            if model.id == name:
                return model
        raise NotFound(f"There is no model {name}.")

    def versions(self, project_id: str | None = None) -> list[ModelVersion]:
        return self.tuned

    def version(self, version_id: str) -> ModelVersion:
        return next(made for made in self.tuned if made.id == version_id)

    def names(self) -> dict[str, str]:
        return {model.id: model.name for model in (*self.base_models, *self.tuned)}

    def pulls(self) -> list[Fetch]:
        return []


class FakeEvaluation:
    """Runs that a test puts in; starting one adds it as running."""

    def __init__(self) -> None:
        self.runs: list[EvaluationRun] = []
        self.rows: list[SideBySide] = []
        self.compared: Comparison | None = None
        self.fetched: list[tuple[int, int, str | None]] = []

    def start(
        self,
        *,
        project_id: str,
        version_id: str,
        split: Split,
        model_id: str,
        decoding: Decoding | None = None,
    ) -> EvaluationRun:
        made = run(
            f"ev_{len(self.runs) + 1}",
            model_id,
            None,
            dataset_version_id=version_id,
            split=split,
            decoding=decoding or self.decoding_for(version_id),
        )
        self.runs.append(made)
        return made

    def decoding_for(self, version_id: str) -> Decoding:
        return Decoding()

    def all(self, project_id: str) -> list[EvaluationRun]:
        return list(self.runs)

    def get(self, run_id: str) -> EvaluationRun:
        for made in self.runs:
            if made.id == run_id:
                return made
        raise NotFound(f"There is no evaluation {run_id}.")

    def compare(self, baseline_id: str, candidate_id: str) -> Comparison:
        assert self.compared is not None
        return self.compared

    def side_by_side(
        self, baseline_id: str, candidate_id: str, *, start: int, end: int, only: str | None = None
    ) -> tuple[list[SideBySide], int]:
        self.fetched.append((start, end, only))
        return self.rows[start:end], len(self.rows)


def services() -> Any:
    """All of them together, with the attributes that the pages ask for."""
    training, endpoints = FakeTraining(), FakeEndpoints()
    playground = FakePlayground()
    return SimpleNamespace(
        datasets=FakeDatasets(),
        models=FakeModels(),
        training=training,
        evaluation=FakeEvaluation(),
        playground=playground,
        feedback=FakeFeedback(playground),
        deployments=FakeDeployments(),
        charters=FakeCharters(),
        ladder=FakeLadder(training),
        thresholds=thresholds(),
        retrieval=FakeRetrieval(),
        estimates=FakeEstimates(),
        endpoints=endpoints,
        tuning_prices=TuningPriceService(lambda: (), endpoints.get),
    )
