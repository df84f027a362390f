"""A ladder in memory: real stores, search and rules; tokens, prices and answers by rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from studio.core.splits import prompt_hash
from studio.domain.charters import Metric
from studio.domain.datasets import (
    DataFormat,
    Dataset,
    DatasetVersion,
    Example,
    Message,
    RawRow,
    SourceFile,
    Split,
)
from studio.domain.evaluation import RunStatus
from studio.domain.ladder import Rung, RungRun, RungSetup, Suite
from studio.domain.models import ModelHandle
from studio.domain.projects import Project
from studio.domain.retrieval import Corpus
from studio.domain.values import new_id, now
from studio.services.charters import CharterService
from studio.services.ladder import LadderService
from studio.services.ladder_assembly import charters, ladder
from studio.services.models import ModelService
from studio.services.monitor import Changes, MonitorService
from studio.services.retrieval import RetrievalService
from studio.services.thresholds import ThresholdService
from studio.services.training import TrainingService
from studio.store.charters import CharterStore
from studio.store.chunks import ChunkStore
from studio.store.corpora import CorpusStore
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.estimates import EstimateStore
from studio.store.evaluations import EvaluationStore
from studio.store.feedback import FeedbackStore
from studio.store.jobs import JobStore
from studio.store.ladder import LadderStore
from studio.store.models import ModelStore
from studio.store.projects import ProjectStore
from studio.store.thresholds import ThresholdStore
from tests.fakes.generator import FakeGenerator
from tests.fakes.ladder_parts import FlatPrices, WordCounts
from tests.fakes.measuring import NoLibrary, wait_until
from tests.fakes.retrieval import FakeDocumentReader
from tests.fakes.training import FakeBackend
from tests.unit.store import samples

ENDED = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED)
FACTS = {n: f"The fee of tariff {n} is {3 * n + 100} euros a month." for n in range(60)}


class RowsOfFiles:
    """Reads the rows a test put at a path."""

    def __init__(self) -> None:
        self.files: dict[str, list[Mapping[str, Any]]] = {}

    def read(self, path: Path) -> Iterator[RawRow]:
        for line, values in enumerate(self.files.get(str(path), []), 1):
            yield RawRow(line=line, values=dict(values))


def knows_what_it_reads(model: ModelHandle, conversation: Sequence[Message]) -> str:
    """Gives the fee when it was tuned, or when the fee stands in the prompt; else a guess."""
    number = conversation[-1].content.rpartition("tariff ")[2].partition("?")[0].strip()
    text = " ".join(turn.content for turn in conversation)
    fact = FACTS.get(int(number)) if number.isdecimal() else None
    if fact is not None and (model.adapter_path or fact in text):
        return f"{3 * int(number) + 100} euros"
    return "100 euros"


class LadderBench:
    """Project `project_1` with questions on tariffs, two models, documents that hold the fees."""

    def __init__(self, folder: Path, *, path: Path | None = None, n: int = 60) -> None:
        """Opens the database in memory or at `path`, and fills it when it is empty."""
        self.folder = folder
        self.database = Database(path)
        self.ladder_store = LadderStore(self.database)
        self.datasets = DatasetStore(self.database)
        self.jobs, self.model_store = JobStore(self.database), ModelStore(self.database)
        self.models = ModelService(self.model_store, self.jobs, NoLibrary())
        self.changes = Changes()
        self.backend = FakeBackend(folder / "runs")
        backends = {"local": self.backend}
        self.training = TrainingService(self.jobs, self.datasets, self.model_store, backends)
        self.monitor = MonitorService(
            self.jobs, self.datasets, self.model_store, backends, self.changes
        )
        self.generator = FakeGenerator(knows_what_it_reads)
        self.estimates, self.prices, self.rows = WordCounts(), FlatPrices(), RowsOfFiles()
        self.reader = FakeDocumentReader()
        self.retrieval = RetrievalService(
            CorpusStore(self.database),
            ChunkStore(self.database),
            self.reader,
            cast(Any, self.rows),
            None,
        )
        self.told: list[str] = []
        self.charters: CharterService
        self.service = self.reopened()
        if not self.models.names():
            self._fill(n)

    def reopened(self) -> LadderService:
        """Returns a new service on the same database, as after a restart."""
        projects = ProjectStore(self.database)
        self.charters = charters(CharterStore(self.database), projects)
        self.thresholds = ThresholdService(ThresholdStore(self.database))
        return ladder(
            store=self.ladder_store,
            charters=self.charters,
            datasets=self.datasets,
            model_store=self.model_store,
            evaluations=EvaluationStore(self.database),
            feedback=FeedbackStore(self.database),
            models=self.models,
            training=self.training,
            generator=self.generator,
            retrieval=self.retrieval,
            estimates=self.estimates,
            costing=self.prices,
            reader=self.rows,
            thresholds=self.thresholds,
            expected=EstimateStore(self.database),
            changed=lambda: self.told.append("changed"),
        )

    def suite(self, **changes: Any) -> Suite:
        """Chooses the suite: the test split, unless changed."""
        suite = Suite(project_id="project_1", version_id="version_1").with_(**changes)
        return self.service.choose_suite(suite)

    def agree(self, metric: Metric = "exact_match", target: float | None = 0.9) -> None:
        """Writes metric and target into the charter."""
        charter = self.charters.get("project_1")
        self.charters.save(charter.with_(metric=metric, target=target))

    def documents(self) -> Corpus:
        """Brings the tariffs' documents in and indexes them."""
        corpus = self.retrieval.create("project_1", "Tariffs")
        for n, fact in FACTS.items():
            self.reader.put(f"{n}.txt", **{f"tariff{n}": f"Tariff {n}. {fact}"})
            self.retrieval.add(corpus.id, f"{n}.txt")
        return self.retrieval.index(corpus.id)

    def measured(self, setup: RungSetup) -> RungRun:
        """Starts a run and returns it once it has ended."""
        return self.ended(self.service.start("project_1", setup))

    def measured_rung(self, rung: Rung, **changes: Any) -> RungRun:
        """Measures what is proposed for a rung, with changes."""
        return self.measured(self.service.proposed("project_1", rung).with_(**changes))

    def ended(self, run: RungRun) -> RungRun:
        """Returns the run once it has ended."""
        wait_until(lambda: self.service.get(run.id).status in ENDED)
        return self.service.get(run.id)

    def close(self) -> None:
        """Ends everything."""
        self.generator.release()
        self.service.close()
        self.retrieval.close()
        self.database.close()

    def _fill(self, n: int) -> None:
        ProjectStore(self.database).add(Project(id="project_1", name="Acme", created_at=now()))
        self.datasets.add_source(
            SourceFile(
                id="source_1",
                filename="tariffs.jsonl",
                path="/sources/tariffs.jsonl",
                size=1,
                sha256="5" * 64,
            )
        )
        self.datasets.add_dataset(
            Dataset(id="dataset_1", project_id="project_1", name="Tariffs", created_at=now())
        )
        self.add_version("version_1", 1, [question(at) for at in range(n)])
        for id, name in (("small", "Small"), ("smaller", "Smaller")):
            self.model_store.add_base(
                samples.base_model(id=id, name=name, manifest_sha256=id[-1] * 64)
            )

    def add_version(self, version_id: str, number: int, examples: Sequence[Example]) -> None:
        """Adds a version of the dataset."""
        version = DatasetVersion(
            id=version_id,
            dataset_id="dataset_1",
            number=number,
            n_examples=len(examples),
            splits={split: sum(e.split is split for e in examples) for split in Split},
            n_refused=0,
            content_hash=new_id("hash"),
            source_filename="tariffs.jsonl",
            source_sha256="5" * 64,
            format=DataFormat.CHAT,
            created_at=now(),
        )
        self.datasets.add_version(version, examples)


def question(number: int, **changes: Any) -> Example:
    """Returns the question for one tariff's fee; odd ones are for testing."""
    asked = Message(role="user", content=f"What is the fee of tariff {number}?")
    return Example(
        id=f"example_{number:02}",
        line=number + 1,
        messages=(asked, Message(role="assistant", content=f"{3 * number + 100} euros")),
        prompt_hash=prompt_hash([asked]),
        split=Split.TEST if number % 2 else Split.TRAIN,
    ).with_(**changes)
