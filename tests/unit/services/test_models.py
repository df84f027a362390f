"""Base models come and go as users ask; whatever can answer is found by its id."""

from collections.abc import Callable
from pathlib import Path

import pytest

from studio.domain.errors import BackendUnavailable, Conflict, InvalidInput, NotFound
from studio.domain.jobs import Job, JobStatus
from studio.domain.models import BaseModel, ModelFacts, ModelSource, ModelVersion
from studio.domain.training import TrainingSpec
from studio.domain.values import now
from studio.services.models import ModelService
from studio.store.database import Database
from studio.store.jobs import JobStore
from studio.store.models import ModelStore

FACTS = ModelFacts(
    architecture="LlamaForCausalLM",
    parameters=88,
    hidden_size=8,
    layers=1,
    heads=2,
    kv_heads=1,
    head_dim=4,
    intermediate_size=16,
    vocabulary=10,
    tied_embeddings=True,
    context_length=64,
    has_chat_template=True,
)


class FakeLibrary:
    """A library that has every model but one, and remembers what it was asked."""

    def __init__(self) -> None:
        self.removed: list[str] = []
        self.verified: list[str] = []

    def pull(
        self,
        name: str,
        progress: Callable[[str, float | None], None],
        cancelled: Callable[[], bool] = lambda: False,
    ) -> BaseModel:
        if name == "acme/unreachable":
            raise BackendUnavailable("The model hub cannot be reached.")
        progress("Downloading", 0.5)
        return self._model(name, ModelSource.HUB)

    def add(self, folder: Path, name: str) -> BaseModel:
        return self._model(name, ModelSource.FOLDER)

    def verify(self, model: BaseModel) -> None:
        self.verified.append(model.id)

    def remove(self, model: BaseModel) -> None:
        self.removed.append(model.id)

    def _model(self, name: str, source: ModelSource) -> BaseModel:
        model_id = name.rsplit("/", 1)[-1].lower()
        return BaseModel(
            id=model_id,
            name=name,
            source=source,
            revision="1",
            path=f"/models/{model_id}",
            licence="MIT",
            facts=FACTS,
            manifest_sha256="ab" * 32,
            created_at=now(),
        )


class Bench:
    """The service on an empty database."""

    def __init__(self) -> None:
        database = Database(None)
        self.models, self.jobs = ModelStore(database), JobStore(database)
        self.library = FakeLibrary()
        self.needed: dict[str, str] = {}
        self.service = ModelService(
            self.models,
            self.jobs,
            self.library,
            needed_by=lambda version: self.needed.get(version.id),
        )

    def tuned(self, path: str = "/versions/1") -> ModelVersion:
        version = ModelVersion(
            id="version_1",
            project_id="project_1",
            name="Router v1",
            base_model="tiny",
            job_id="job_1",
            dataset_version_id="data_1",
            path=path,
            method="lora",
            manifest_sha256="cd" * 32,
            validation_loss=0.5,
            created_at=now(),
        )
        self.models.add_version(version)
        return version

    def job(self, status: JobStatus, id: str = "job_1", resumed_from: str | None = None) -> None:
        spec = TrainingSpec(
            project_id="project_1", name="Router", dataset_version_id="data_1", base_model="tiny"
        )
        self.jobs.add(
            Job(
                id=id,
                project_id="project_1",
                name="Router",
                backend="local",
                spec=spec,
                resumed_from=resumed_from,
                status=status,
                created_at=now(),
            )
        )


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_fetched_model_is_listed_and_its_progress_told(bench: Bench) -> None:
    told: list[tuple[str, float | None]] = []
    model = bench.service.pull("acme/Tiny", progress=lambda what, share: told.append((what, share)))
    assert bench.service.bases() == [model]
    assert bench.service.base("tiny") == model
    assert told == [("Downloading", 0.5)]


def test_fetching_twice_lists_the_model_once(bench: Bench) -> None:
    bench.service.pull("acme/Tiny")
    bench.service.pull("acme/Tiny")
    assert len(bench.service.bases()) == 1


def test_a_failed_fetch_registers_nothing(bench: Bench) -> None:
    with pytest.raises(BackendUnavailable):
        bench.service.pull("acme/unreachable")
    assert bench.service.bases() == []


@pytest.mark.parametrize("name", ["", "   ", "x" * 121])
def test_a_name_of_no_use_is_refused(bench: Bench, name: str) -> None:
    with pytest.raises(InvalidInput):
        bench.service.pull(name)
    with pytest.raises(InvalidInput):
        bench.service.add("/some/folder", name)


def test_a_folder_can_be_named_with_the_home_sign(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Path] = []
    monkeypatch.setattr(
        bench.library,
        "add",
        lambda folder, name: given.append(folder) or bench.library.pull(name, lambda w, s: None),
    )
    bench.service.add("~/model", "Ours")
    assert given == [Path.home() / "model"]


def test_a_base_model_answers_by_its_own_files(bench: Bench) -> None:
    model = bench.service.pull("acme/Tiny")
    handle = bench.service.resolve("tiny")
    assert (handle.base_path, handle.adapter_path) == (model.path, None)
    assert handle.base_manifest_sha256 == model.manifest_sha256


def test_a_tuned_model_answers_with_base_and_adapter(bench: Bench) -> None:
    base, version = bench.service.pull("acme/Tiny"), bench.tuned()
    handle = bench.service.resolve(version.id)
    assert (handle.id, handle.name) == (version.id, "Router v1")
    assert (handle.base_path, handle.adapter_path) == (base.path, version.path)
    assert handle.adapter_manifest_sha256 == version.manifest_sha256


def test_everything_that_can_answer_has_a_name(bench: Bench) -> None:
    bench.service.pull("acme/Tiny")
    bench.tuned()
    assert bench.service.names() == {"tiny": "acme/Tiny", "version_1": "Router v1"}


def test_an_unknown_model_is_not_found(bench: Bench) -> None:
    with pytest.raises(NotFound, match="no model nothing"):
        bench.service.resolve("nothing")


def test_a_removed_model_loses_its_files_too(bench: Bench) -> None:
    bench.service.pull("acme/Tiny")
    bench.service.remove("tiny")
    assert bench.service.bases() == []
    assert bench.library.removed == ["tiny"]


def test_a_model_that_others_were_tuned_from_stays(bench: Bench) -> None:
    bench.service.pull("acme/Tiny")
    bench.tuned()
    with pytest.raises(Conflict, match="Router v1 was tuned from acme/Tiny"):
        bench.service.remove("tiny")
    assert bench.library.removed == []


@pytest.mark.parametrize("status", [JobStatus.RUNNING, JobStatus.INTERRUPTED, JobStatus.QUEUED])
def test_a_model_in_training_stays(bench: Bench, status: JobStatus) -> None:
    bench.service.pull("acme/Tiny")
    bench.job(status)
    with pytest.raises(Conflict, match="is training on"):
        bench.service.remove("tiny")


def test_a_finished_job_does_not_keep_a_model(bench: Bench) -> None:
    bench.service.pull("acme/Tiny")
    bench.job(JobStatus.FAILED)
    bench.service.remove("tiny")
    assert bench.service.bases() == []


def test_verifying_asks_the_library(bench: Bench) -> None:
    bench.service.pull("acme/Tiny")
    bench.service.verify("tiny")
    assert bench.library.verified == ["tiny"]


def test_a_tuned_model_goes_with_its_adapter_and_nothing_else(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "run" / "adapter").mkdir(parents=True)
    (tmp_path / "run" / "log").write_text("kept")
    version = bench.tuned(str(tmp_path / "run" / "adapter"))
    bench.job(JobStatus.SUCCEEDED)
    bench.service.remove_version(version.id)
    assert bench.service.versions() == []
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["log"]
    assert bench.jobs.get("job_1").status is JobStatus.SUCCEEDED
    with pytest.raises(NotFound):
        bench.service.remove_version(version.id)


def test_a_tuned_model_whose_files_are_gone_already_can_be_forgotten(bench: Bench) -> None:
    bench.service.remove_version(bench.tuned().id)
    assert bench.service.versions() == []


def test_a_tuned_model_stays_while_it_is_measured(bench: Bench) -> None:
    version = bench.tuned()
    bench.needed[version.id] = "an evaluation asks it"
    with pytest.raises(Conflict, match="an evaluation asks it"):
        bench.service.remove_version(version.id)
    assert bench.service.versions() == [version]


def test_a_tuned_model_stays_while_another_fine_tune_goes_on_from_it(bench: Bench) -> None:
    version = bench.tuned()
    bench.job(JobStatus.RUNNING, id="job_2", resumed_from="job_1")
    with pytest.raises(Conflict, match="goes on from Router v1"):
        bench.service.remove_version(version.id)
