"""Runs on this machine as real worker processes: who works on a folder, and how a run can end."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from backends.local import claim
from backends.local.backend import LocalBackend
from backends.local.runs import CANCELLED, PAUSED, Heartbeat, Result, RunFolder, RunSpec
from studio.domain.datasets import Split
from studio.domain.errors import InvalidInput, StorageFailed
from studio.domain.models import BaseModel
from studio.domain.training import METRICS, Method, Objective, TrainingSpec
from studio.domain.values import now
from tests import tiny_rows
from tests.architecture.places import ROOT
from tests.contract.training_rigs import ended, small_workers, spec, workers_under
from tests.small_disk import mounted

TRAIN = tiny_rows.examples(24)
VALIDATION = tiny_rows.examples(4, split=Split.VALIDATION, seed=1)


@pytest.fixture
def model(tiny_models: Callable[[str], BaseModel]) -> BaseModel:
    return tiny_models("llama")


@pytest.fixture(autouse=True)
def small(tmp_path: Path) -> Iterator[None]:
    with small_workers(tmp_path):
        yield


def made(path: Path, model: BaseModel, training: TrainingSpec | None = None) -> RunFolder:
    """Returns a run folder on which no worker works."""
    folder = RunFolder(path)
    run = RunSpec(token="t", job_id="job_1", training=training or spec(), model=model)
    folder.create(run, TRAIN, VALIDATION)
    return folder


def test_a_stranger_with_a_reused_pid_is_not_taken_for_the_worker(
    tmp_path: Path, model: BaseModel
) -> None:
    folder = made(tmp_path / "run_1", model)
    me = psutil.Process()
    folder.beat(Heartbeat(pid=me.pid, started=me.create_time(), token="t", step=3, at=now()))
    state = LocalBackend(tmp_path).state("run_1")
    assert (state.status, state.failure) == ("interrupted", "killed")


def test_a_second_studio_finds_the_worker_and_starts_no_other(
    tmp_path: Path, model: BaseModel
) -> None:
    first, second = LocalBackend(tmp_path), LocalBackend(tmp_path)
    run_id = first.submit(spec(), model, TRAIN, VALIDATION, job_id="job_1")
    # At once: the worker has not even loaded its libraries and given no sign of life.
    assert RunFolder(tmp_path / run_id).heartbeat() is None
    assert second.state(run_id).status == "running"
    assert second.submit(spec(), model, TRAIN, VALIDATION, job_id="job_1") == run_id
    (worker,) = workers_under(tmp_path / run_id)
    os.kill(worker, signal.SIGKILL)
    assert ended(first, run_id).status == "interrupted"
    assert second.state(run_id).status == "interrupted"
    assert workers_under(tmp_path / run_id) == []


def test_a_claim_ends_with_its_process(tmp_path: Path, model: BaseModel) -> None:
    folder = made(tmp_path / "run_1", model)
    assert not claim.held(folder)
    child = claim.start(folder, [sys.executable, "-c", "import signal; signal.pause()"])
    assert child is not None
    assert claim.held(folder)
    assert claim.start(folder, [sys.executable, "-c", "pass"]) is None
    child.kill()
    child.wait(timeout=60)
    assert not claim.held(folder)
    again = claim.start(folder, [sys.executable, "-c", "pass"])
    assert again is not None
    again.wait(timeout=60)


def test_a_result_of_a_worker_whose_adapter_is_gone_is_no_success(
    tmp_path: Path, model: BaseModel
) -> None:
    folder = made(tmp_path / "run_1", model)
    folder.finish(Result(status="succeeded", validation_loss=0.5))
    state = LocalBackend(tmp_path).state("run_1")
    assert (state.status, state.artifact) == ("failed", None)
    assert "is gone" in state.message


def test_a_disk_that_refuses_the_run_folder_is_told(tmp_path: Path, model: BaseModel) -> None:
    with mounted(tmp_path / "disk", size=8192) as disk:
        backend = LocalBackend(disk / "runs")
        with pytest.raises(StorageFailed, match="could not be written"):
            backend.submit(spec(), model, TRAIN * 50, VALIDATION, job_id="job_1")
        assert not RunFolder(disk / "runs" / "run_job_1").exists()


def test_a_full_disk_ends_a_run_in_a_sentence(tmp_path: Path, model: BaseModel) -> None:
    with mounted(tmp_path / "disk", size=400_000) as disk:
        backend = LocalBackend(disk)
        many = spec(epochs=50.0, evaluations=200, lora_rank=16)
        run_id = backend.submit(many, model, TRAIN, VALIDATION, job_id="job_1")
        state = ended(backend, run_id)
        assert (state.status, state.failure) == ("failed", "disk")
        assert "disk is full" in state.message
        assert state.artifact is None


def test_a_run_that_diverges_is_published_nowhere(tmp_path: Path, model: BaseModel) -> None:
    backend = LocalBackend(tmp_path)
    wild = spec(learning_rate=1e12, epochs=20.0)
    run_id = backend.submit(wild, model, TRAIN, VALIDATION, job_id="job_1")
    state = ended(backend, run_id)
    assert (state.status, state.failure) == ("failed", "nan")
    assert not state.resumable
    assert state.artifact is None
    assert not RunFolder(tmp_path / run_id).adapter.exists()
    assert "learning rate" in state.message
    said = [event for event in backend.events(run_id, 0) if event.kind == "failure"]
    assert [event.data["failure"] for event in said] == ["nan"]


SHORT_OF_MEMORY = """
import resource, sys, psutil
from backends.local import train
room = psutil.Process().memory_info().vms + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (room, room))
sys.exit(train.main([sys.argv[1]]))
"""


@pytest.mark.parametrize(
    ("room", "failures"),
    [(20_000_000, ("oom", "killed")), (600_000_000, ("oom",))],
    ids=["while loading", "while training"],
)
def test_a_machine_short_of_memory_ends_a_run_in_a_sentence(
    tmp_path: Path, room: int, failures: tuple[str, ...]
) -> None:
    from tests import tiny_model

    wide = {"hidden_size": 512, "intermediate_size": 2048, "num_hidden_layers": 6}
    model = tiny_model.make(tmp_path / "model", **wide)
    folder = made(tmp_path / "run_1", model, spec(batch_size=64))
    command = [sys.executable, "-c", SHORT_OF_MEMORY, str(folder.path), str(room)]
    subprocess.run(command, cwd=ROOT, capture_output=True, timeout=170, check=False)
    state = LocalBackend(tmp_path).state("run_1")
    assert state.failure in failures, state.message
    assert "out of memory" in state.message
    assert state.artifact is None
    assert folder.examples("train") == TRAIN


def test_a_run_asked_to_wait_and_to_stop_is_stopped(tmp_path: Path, model: BaseModel) -> None:
    folder = made(tmp_path / "run_1", model)
    folder.finish(PAUSED)
    backend = LocalBackend(tmp_path)
    assert backend.state("run_1").status == "paused"
    backend.cancel("run_1")
    state = backend.state("run_1")
    assert (state.status, state.message) == ("cancelled", CANCELLED.message)
    assert backend.submit(spec(), model, TRAIN, VALIDATION, job_id="1") == "run_1"
    assert workers_under(tmp_path) == []
    assert backend.state("run_1") == state


def test_a_worker_that_is_leaving_is_not_yet_paused(tmp_path: Path, model: BaseModel) -> None:
    folder = made(tmp_path / "run_1", model)
    child = claim.start(folder, [sys.executable, "-c", "import signal; signal.pause()"])
    assert child is not None
    folder.finish(PAUSED)
    assert LocalBackend(tmp_path).state("run_1").status == "running"
    child.kill()
    child.wait(timeout=60)
    assert LocalBackend(tmp_path).state("run_1").status == "paused"


def test_without_a_base_model_nothing_is_planned_or_begun(tmp_path: Path) -> None:
    backend = LocalBackend(tmp_path)
    with pytest.raises(InvalidInput, match="no base model 'tiny'"):
        backend.plan(spec(), None, TRAIN, VALIDATION)
    with pytest.raises(InvalidInput, match="no base model 'tiny'"):
        backend.submit(spec(), None, TRAIN, VALIDATION, job_id="job_1")
    assert list(tmp_path.iterdir()) == []


PAIRS = tiny_rows.preferences(24)
OTHER_PAIRS = tiny_rows.preferences(4, split=Split.VALIDATION, seed=1)


def preferring(**settings: object) -> TrainingSpec:
    return spec(**settings).with_(objective=Objective.DPO)


def test_a_run_learns_preferences(tmp_path: Path, model: BaseModel) -> None:
    backend = LocalBackend(tmp_path)
    asked = preferring(epochs=4.0).with_(method=Method.QLORA)
    plan = backend.plan(asked, model, PAIRS, OTHER_PAIRS)
    assert plan.can_start
    run_id = backend.submit(asked, model, PAIRS, OTHER_PAIRS, job_id="job_1")
    state = ended(backend, run_id)
    assert state.status == "succeeded", backend.log(run_id)
    told = [event.data for event in backend.events(run_id, 0) if event.kind == "metrics"]
    assert all(data.keys() <= METRICS.keys() for data in told)
    steps = [data for data in told if "loss" in data]
    assert len(steps) == plan.total_steps
    assert steps[0]["loss"] == pytest.approx(math.log(2), rel=0.05)
    assert steps[-1]["reward_margin"] > max(0.0, steps[0]["reward_margin"])
    assert steps[-1]["reward_accuracy"] > 0.5
    measured = [data for data in told if "validation_loss" in data]
    assert state.validation_loss == min(data["validation_loss"] for data in measured)
    assert state.validation_loss < math.log(2)
    assert all("validation_reward_accuracy" in data for data in measured)
    kept = RunFolder(tmp_path / run_id).reference()
    assert kept is not None
    assert len(kept) == len(PAIRS) + len(OTHER_PAIRS)


def test_a_plan_counts_both_answers_of_a_pair(tmp_path: Path, model: BaseModel) -> None:
    backend = LocalBackend(tmp_path)
    answers = backend.plan(spec(), model, PAIRS, OTHER_PAIRS)
    pairs = backend.plan(preferring(), model, PAIRS, OTHER_PAIRS)
    assert 1.5 * (answers.train_tokens or 0) < (pairs.train_tokens or 0)
    assert (pairs.memory_needed or 0) > (answers.memory_needed or 0)
    assert (pairs.seconds_high or 0) > (answers.seconds_high or 0)
    assert [text for text in answers.warnings if "only the better ones are learnt" in text]
    assert not [text for text in pairs.warnings if "better" in text]
    long = PAIRS[0].with_(id="ex_long", rejected="no " * 300)
    plan = backend.plan(preferring(), model, [*PAIRS, long], OTHER_PAIRS)
    assert [blocker.example_ids for blocker in plan.blockers] == [("ex_long",)]
