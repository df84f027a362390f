"""A whole studio in memory, with believable data: for tests of the shell, the pages, the server."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from studio.domain.datasets import Dataset, SourceFile, Split
from studio.domain.errors import StudioError
from studio.domain.evaluation import Comparison, EvaluationRun, Score, SideBySide
from studio.domain.jobs import Event, Job, JobStatus
from studio.domain.models import BaseModel, Fetch, FetchStatus
from studio.services.keys import ApiKeyService
from studio.services.secrets import SecretService
from studio.services.tuning_prices import TuningPriceService
from studio.store.database import Database
from studio.store.keys import ApiKeyStore
from tests.fakes.money import FakeCosting, FakeRecord
from tests.fakes.page_alerts import silent_alerts
from tests.fakes.page_charters import FakeCharters, FakeEndpoints, FakeEstimates
from tests.fakes.page_flywheel import add_flywheel
from tests.fakes.page_ladder import FakeLadder, climbed
from tests.fakes.page_playground import FakeFeedback, FakePlayground
from tests.fakes.page_retrieval import FakeRetrieval
from tests.fakes.page_review import add_review
from tests.fakes.page_services import FakeDatasets, FakeEvaluation, FakeModels
from tests.fakes.page_thresholds import thresholds
from tests.fakes.page_training import FakeTraining, paused_there, sent
from tests.fakes.page_values import (
    START,
    base_model,
    example,
    job,
    model_version,
    result,
    run,
    spec,
    version,
)
from tests.fakes.studio_parts import FakeKeyring, FakeProjects, FakeSample

TEAMS = ("billing", "delivery", "legal", "returns", "seeds")
N_ROWS = 412


class StudioDatasets(FakeDatasets):
    """Datasets with rows to page through; keeps what is uploaded in a folder."""

    def __init__(self, folder: Path | None) -> None:
        super().__init__()
        self.folder = folder
        self.staged: dict[str, bytes] = {}
        self.stage_failure: StudioError | None = None
        self.kept = [version(n_examples=N_ROWS)]

    def stage(self, path: Path, filename: str) -> SourceFile:
        if self.stage_failure is not None:
            raise self.stage_failure
        if self.folder is not None and Path(path).exists():
            self.staged[filename] = Path(path).read_bytes()
        return super().stage(path, filename)

    def page(
        self, version_id: str, *, start: int, end: int, sort: str, direction: str, filters: Any
    ) -> tuple[list[dict[str, Any]], int]:
        self.version(version_id)
        rows: list[dict[str, Any]] = [
            {
                "id": f"ex_{line}",
                "line": line,
                "split": ("train", "train", "train", "validation", "test")[line % 5],
                "prompt": f"Letter {line}: where are the things I paid for?",
                "answer": TEAMS[line % len(TEAMS)],
                "system": "",
            }
            for line in range(1, N_ROWS + 1)
        ]
        for column, wanted in filters.items():
            rows = [r for r in rows if wanted["filter"].casefold() in str(r[column]).casefold()]
        rows.sort(key=lambda row: row[sort], reverse=direction == "desc")
        return rows[start:end], len(rows)

    def export_jsonl(self, version_id: str, path: Path) -> None:
        path.write_text('{"messages": []}\n', encoding="utf-8")


class StudioModels(FakeModels):
    """Models that can be fetched and removed."""

    def __init__(self) -> None:
        super().__init__()
        self.base_models = [base_model(), base_model("unused")]
        self.tuned = [model_version()]
        self.removed: list[str] = []
        self.under_way: list[Fetch] = []

    def versions(self, project_id: str | None = None) -> list[Any]:
        return [one for one in self.tuned if project_id in (None, one.project_id)]

    def start_pull(self, name: str) -> Fetch:
        fetch = Fetch(
            id=f"fetch_{name}", name=name, doing="Downloading", share=0.5, started_at=START
        )
        self.under_way = [fetch]
        return fetch

    def pulls(self) -> list[Fetch]:
        return self.under_way

    def cancel_pull(self, fetch_id: str) -> None:
        self.under_way = [one for one in self.under_way if one.id != fetch_id]

    def arrives(self) -> None:
        """The fetch under way has ended well."""
        (fetch,), self.under_way = self.under_way, []
        self.add("", fetch.name)

    def fails(self, message: str, hint: str) -> None:
        """The fetch under way has failed."""
        (fetch,) = self.under_way
        self.under_way = [fetch.with_(status=FetchStatus.FAILED, message=message, hint=hint)]

    def add(self, folder: str, name: str) -> BaseModel:
        made = base_model(name.rpartition("/")[2].casefold()).with_(name=name)
        self.base_models.append(made)
        return made

    def remove(self, model_id: str) -> None:
        self.base_models = [one for one in self.base_models if one.id != model_id]
        self.removed.append(model_id)


class StudioTraining(FakeTraining):
    """One run under way, one finished, with their events."""

    def __init__(self) -> None:
        super().__init__()
        self.elsewhere, self.disclosure = ("endpoint:openai",), sent()
        running = job(
            id="job_2",
            name="Letters, second try",
            spec=spec(name="Letters, second try"),
            step=42,
            total_steps=120,
            eta_seconds=250.0,
            created_at=START + timedelta(hours=1),
        )
        over = job(
            JobStatus.SUCCEEDED,
            step=60,
            total_steps=60,
            model_version_id="mv_1",
            finished_at=START + timedelta(minutes=9),
        )
        self.jobs = {one.id: one for one in (over, running, paused_there())}
        self.news = [
            Event(
                n=step,
                at=START + timedelta(seconds=step),
                kind="metrics",
                data={"step": step, "total_steps": 120, "loss": 2.4 / (1 + step / 12)},
            )
            for step in range(1, 43)
        ]

    def all(self, project_id: str | None = None) -> list[Job]:
        return [one for one in self.jobs.values() if project_id in (None, one.project_id)]


class StudioEvaluation(FakeEvaluation):
    """Base and tuned model measured on the same letters."""

    def __init__(self) -> None:
        super().__init__()
        self.runs = [_measured("ev_1", "starter", 0.341), _measured("ev_2", "mv_1", 0.878)]
        self.compared = Comparison(
            baseline=self.runs[0],
            candidate=self.runs[1],
            n=82,
            both_right=27,
            only_candidate=45,
            only_baseline=1,
            both_wrong=9,
            difference=0.537,
            low=0.41,
            high=0.63,
            p_value=1.4e-12,
            verdict="The tuned model is better by 53.7 points; luck would not explain that.",
        )
        self.rows = [_answered(number) for number in range(1, 83)]

    def all(self, project_id: str) -> list[EvaluationRun]:
        return [one for one in self.runs if one.project_id == project_id]


@dataclass
class FakeMonitor:
    """News that a test announces."""

    training: StudioTraining
    number: int = 1

    def revision(self) -> int:
        return self.number

    def running(self) -> list[Job]:
        open_states = (JobStatus.RUNNING, JobStatus.QUEUED, JobStatus.CANCELLING)
        return [one for one in self.training.jobs.values() if one.status in open_states]

    def changed(self, job: Job) -> None:
        self.training.jobs[job.id] = job
        self.number += 1


class StudioEstimates(FakeEstimates, FakeRecord):
    """Options and the record together."""

    def __init__(self) -> None:
        FakeEstimates.__init__(self)
        FakeRecord.__init__(self)


class FakeServices:
    """Everything together, as the container has it."""

    def __init__(self, folder: Path | None = None) -> None:
        self.projects = FakeProjects()
        self.datasets = StudioDatasets(folder)
        self.models = StudioModels()
        self.training = StudioTraining()
        self.monitor = FakeMonitor(self.training)
        self.evaluation = StudioEvaluation()
        self.playground = FakePlayground()
        self.feedback = FakeFeedback(self.playground)
        self.charters = FakeCharters()
        self.ladder = FakeLadder(self.training)
        climbed(self.ladder)
        self.thresholds = thresholds()
        self.retrieval = FakeRetrieval()
        self.costing = FakeCosting()
        self.estimates = StudioEstimates()
        self.endpoints = FakeEndpoints()
        self.tuning_prices = TuningPriceService(lambda: (), self.endpoints.get)
        self.sample, self.alerts = FakeSample(self.projects), silent_alerts()
        add_flywheel(self)
        add_review(self)
        self.keyring = FakeKeyring()
        self.secrets = SecretService(lambda: self.keyring, {})
        self.keys = ApiKeyService(ApiKeyStore(Database(None)), self.projects.get)
        self.started, self.closed = threading.Event(), threading.Event()

    def start(self) -> None:
        self.started.set()

    def close(self) -> None:
        self.closed.set()

    def emptied(self) -> FakeServices:
        """The same studio with nothing in it but its project."""
        self.datasets.sets, self.datasets.kept = [], []
        self.models.base_models, self.models.tuned = [], []
        self.training.jobs, self.training.news = {}, []
        self.evaluation.runs = []
        self.ladder.runs, self.ladder.chosen = [], None
        self.deployments.made = []
        return self


def dataset(name: str = "Tickets") -> Dataset:
    """One dataset of the first project."""
    return Dataset(id="ds_1", project_id="prj_1", name=name, created_at=START)


def _measured(run_id: str, model_id: str, value: float) -> EvaluationRun:
    score = Score(metric="accuracy", value=value, low=value - 0.09, high=value + 0.07, n=82)
    names = {"starter": "Maker/starter", "mv_1": "Tickets tuned"}
    return run(run_id, model_id, value, primary=score, scores=(score,), model_name=names[model_id])


def _answered(number: int) -> SideBySide:
    asked = example(number, Split.TEST)
    return SideBySide(
        example_id=asked.id,
        prompt=asked.prompt,
        expected="billing",
        baseline=result(asked.id, "I would be happy to help with that.", False),
        candidate=result(asked.id, "billing", number % 9 != 0),
    )
