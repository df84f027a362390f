"""Home tells where a project stands and the one thing to do next."""

from __future__ import annotations

from typing import Any, cast

import pytest

from studio.domain.jobs import JobStatus
from studio.ui.pages.home import vm
from tests.fakes.page_values import job, run, version
from tests.fakes.services import FakeServices


def read(services: FakeServices) -> vm.Home:
    return vm.read(cast(Any, services), "prj_1")


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


def test_a_new_project_is_empty_and_asks_for_examples() -> None:
    home = read(FakeServices().emptied())
    assert home.empty
    assert home.step == 0
    assert vm.advice(home).button == "Import data"


def test_examples_are_counted_in_the_newest_version_of_each_dataset(
    services: FakeServices,
) -> None:
    services.datasets.kept.append(version(id="dsv_2", number=2, n_examples=500))
    home = read(services)
    assert (home.n_datasets, home.n_examples, home.newest_version_id) == (1, 500, "dsv_2")


def test_the_best_result_stands_beside_its_base_model(services: FakeServices) -> None:
    best = read(services).best
    assert best is not None
    assert best.href == "/evaluate/ev_1/ev_2"


def test_a_base_model_measured_otherwise_is_no_comparison(services: FakeServices) -> None:
    services.evaluation.runs[0] = run("ev_1", "starter", 0.3, dataset_version_id="dsv_9")
    assert read(services).best is None


@pytest.mark.parametrize(
    ("jobs", "models", "measured", "button"),
    [
        ([JobStatus.INTERRUPTED], True, True, "Open the run"),
        ([JobStatus.RUNNING], True, True, "Watch it"),
        ([JobStatus.PAUSED, JobStatus.RUNNING], True, True, "Watch it"),
        ([JobStatus.PAUSED], True, True, "Open the run"),
        ([], False, False, "Fine-tune a model"),
        ([JobStatus.SUCCEEDED], True, False, "Measure it"),
        ([JobStatus.SUCCEEDED], True, True, "Open the playground"),
    ],
)
def test_there_is_one_thing_to_do_next(
    services: FakeServices, jobs: list[JobStatus], models: bool, measured: bool, button: str
) -> None:
    services.training.jobs = {f"job_{n}": job(one, id=f"job_{n}") for n, one in enumerate(jobs)}
    if not models:
        services.models.tuned = []
    if not measured:
        services.evaluation.runs = []
    home = read(services)
    advice = vm.advice(home)
    assert advice.button == button
    assert advice.href(home).startswith("/")


def test_the_last_rule_always_applies(services: FakeServices) -> None:
    assert vm.ADVICE[-1].applies(read(FakeServices().emptied()))


def test_a_paused_run_is_not_said_to_be_under_way(services: FakeServices) -> None:
    services.training.jobs = {
        "job_1": job(JobStatus.PAUSED),
        "job_2": job(id="job_2"),
    }
    home = read(services)
    assert vm.advice(home).href(home) == "/jobs/job_2"
    services.training.jobs.pop("job_2")
    home = read(services)
    assert vm.advice(home).title == "A training run is paused"
    assert vm.advice(home).href(home) == "/jobs/job_1"
