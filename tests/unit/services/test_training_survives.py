"""Runs outlive the studio: killed, closed and started again, it loses and doubles nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backends.local.runs import RunFolder
from studio.bootstrap import build_services
from studio.domain.datasets import Example, Split
from studio.domain.jobs import TERMINAL, Job, JobStatus
from studio.domain.models import BaseModel
from studio.services.container import Services
from studio.settings import Settings
from tests import tiny_rows
from tests.architecture.places import ROOT
from tests.contract.real_data import charted, fill, run_of, weights
from tests.contract.training_rigs import small_workers, until, worker_pid

KILLS = 10
LIVES = (0.05, 1.2)
"""Seconds a studio lives before it is killed, shortest and longest."""


@pytest.fixture(autouse=True)
def small(tmp_path: Path) -> Iterator[None]:
    with small_workers(tmp_path):
        yield


def rows(count: int) -> list[Example]:
    return [
        *tiny_rows.examples(count),
        *[
            row.with_(id=f"v_{row.id}", line=1000 + row.line)
            for row in tiny_rows.examples(4, split=Split.VALIDATION, seed=1)
        ],
    ]


@contextmanager
def studio(folder: Path) -> Iterator[Services]:
    services = build_services(Settings(data_dir=folder))
    services.start()
    try:
        yield services
    finally:
        services.close()


def another_process(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.contract.keeping_studio", str(folder)]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def ended(services: Services, job: Job) -> Job:
    until(lambda: services.training.get(job.id).status in TERMINAL)
    return services.training.get(job.id)


def test_a_studio_killed_ten_times_during_a_run_loses_and_doubles_nothing(
    tmp_path: Path, tiny_models: Callable[[str], BaseModel]
) -> None:
    dice, model = random.Random(4), tiny_models("llama")
    version = fill(tmp_path, model, rows(80))
    with studio(tmp_path) as services:
        job = services.training.start(run_of(version, model, epochs=50.0, evaluations=40))
        run_id = until(lambda: services.training.get(job.id).run_id)
    folder = RunFolder(tmp_path / "runs" / run_id)
    worker = worker_pid(folder.path)
    lived = 0
    for turn in range(KILLS):
        process = another_process(tmp_path)
        assert process.stdin is not None
        assert process.stdout is not None
        if turn % 4 < 3:  # Every fourth dies while it starts.
            assert process.stdout.readline() == "ready\n"
            lived += 1
        if turn == 5:  # One is closed as it should be.
            process.stdin.close()
            process.wait(timeout=60)
        else:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(dice.uniform(*LIVES))
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=60)
        process.stdin.close()
        process.stdout.close()
        assert folder.result() is not None or alive(worker), "the worker died with its studio"
    assert lived > KILLS / 2
    with studio(tmp_path) as services:
        done = ended(services, job)
        assert done.status is JobStatus.SUCCEEDED, done.message
        assert charted(services, job.id).keys() == set(range(1, done.total_steps + 1))
        (made,) = services.models.versions()
        assert made.job_id == job.id
        assert services.training.events(job.id, limit=10**6) == folder.events(0, limit=10**6)
        assert [known.id for known in services.training.all()] == [job.id]
    assert worker_pid(folder.path) == worker, "a second worker was started"


def test_killed_and_resumed_a_run_gives_what_an_undisturbed_one_gives(
    tmp_path: Path, tiny_models: Callable[[str], BaseModel]
) -> None:
    model = tiny_models("llama")
    version = fill(tmp_path, model, rows(24))
    training = run_of(version, model, epochs=20.0, evaluations=20, lora_dropout=0.1)
    with studio(tmp_path) as services:
        disturbed, calm = (services.training.start(training) for _ in range(2))
        run_id = until(lambda: services.training.get(disturbed.id).run_id)
        folder = RunFolder(tmp_path / "runs" / run_id)
        until(lambda: len(list(folder.checkpoints.glob("step-*"))) >= 2)
        assert services.training.get(calm.id).status is JobStatus.QUEUED
        os.kill(worker_pid(folder.path), signal.SIGKILL)
        until(lambda: services.training.get(disturbed.id).status is JobStatus.INTERRUPTED)
        stopped_at = services.training.get(disturbed.id).step
        services.training.resume(disturbed.id)
        done = [ended(services, job) for job in (disturbed, calm)]
        assert [job.status for job in done] == [JobStatus.SUCCEEDED] * 2, done[0].message
        assert 0 < stopped_at < done[0].total_steps
        assert charted(services, disturbed.id) == charted(services, calm.id)
        first, second = (services.models.version(str(job.model_version_id)) for job in done)
        assert weights(Path(first.path)) == weights(Path(second.path))
        assert first.validation_loss == second.validation_loss
        assert len(services.models.versions()) == 2


def test_a_run_stops_within_thirty_seconds_with_a_checkpoint(
    tmp_path: Path, tiny_models: Callable[[str], BaseModel]
) -> None:
    model = tiny_models("llama")
    version = fill(tmp_path, model, rows(80))
    with studio(tmp_path) as services:
        job = services.training.start(run_of(version, model, epochs=50.0, evaluations=1))
        run_id = until(lambda: services.training.get(job.id).run_id)
        until(lambda: services.training.get(job.id).step >= 5)
        began = time.monotonic()
        services.training.cancel(job.id)
        assert ended(services, job).status is JobStatus.CANCELLED
        assert time.monotonic() - began < 30
        (kept,) = RunFolder(tmp_path / "runs" / run_id).checkpoints.glob("step-*")
        assert int(kept.name.removeprefix("step-")) == services.training.get(job.id).step
        assert services.models.versions() == []
