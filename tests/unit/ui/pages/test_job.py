"""What the page of a training run shows and can do."""

import json
from typing import Any

import pytest

from studio.domain.datasets import Split
from studio.domain.errors import Conflict, NotFound
from studio.domain.evaluation import Decoding
from studio.domain.jobs import Event, JobStatus
from studio.ui.pages.job.actions import can_cancel, can_resume, measure, measured
from studio.ui.pages.job.vm import JobPage
from tests.fakes.page_services import services
from tests.fakes.page_values import START, job, model_version, run


def metrics(n: int, **data: Any) -> Event:
    return Event(n=n, at=START, kind="metrics", data=data)


@pytest.fixture
def page() -> JobPage:
    have = services()
    have.training.jobs["job_1"] = job(step=2, total_steps=8, eta_seconds=60)
    have.training.news = [
        Event(n=1, at=START, kind="phase", message="Loading the model"),
        metrics(2, step=1, loss=2.0, tokens_per_second=400),
        metrics(3, step=2, loss=1.5, validation_loss=1.4),
    ]
    page = JobPage(services=have, job_id="job_1")
    page.load()
    return page


def test_a_page_opened_late_shows_the_whole_history(page: JobPage) -> None:
    assert page.curves.points["loss"] == [(1, 2.0), (2, 1.5)]
    assert page.curves.points["validation_loss"] == [(2, 1.4)]
    assert page.lines[0].endswith("Loading the model")
    assert page.dataset == "Tickets v1"


def test_only_what_is_new_is_given_to_the_chart(page: JobPage) -> None:
    page.services.training.news.append(metrics(4, step=3, loss=1.2))
    news = page.look()
    assert news.points["loss"] == [(3, 1.2)]
    assert not page.look().any


def test_a_history_longer_than_one_answer_is_read_to_its_end() -> None:
    have = services()
    have.training.jobs["job_1"] = job()
    have.training.news = [metrics(n, step=n, loss=1.0) for n in range(1, 2502)]
    page = JobPage(services=have, job_id="job_1")
    page.load()
    assert len(page.curves.points["loss"]) == 2501


def test_a_resumed_run_measures_its_last_steps_once_more(page: JobPage) -> None:
    page.services.training.news += [metrics(4, step=3, loss=1.2), metrics(5, step=2, loss=1.6)]
    news = page.look()
    assert news.rewound
    assert page.curves.points["loss"] == [(1, 2.0), (2, 1.6)]
    assert page.curves.points["validation_loss"] == []


def test_a_run_that_continues_another_shows_one_curve() -> None:
    have = services()
    have.training.jobs = {
        "job_0": job(JobStatus.CANCELLED, id="job_0"),
        "job_1": job(resumed_from="job_0"),
    }
    have.training.earlier = [metrics(n, step=n, loss=4.0 - n, epoch=0.5) for n in (1, 2, 3)]
    have.training.news = [metrics(1, step=3, loss=0.9)]
    page = JobPage(services=have, job_id="job_1")
    page.load()
    assert page.curves.points["loss"] == [(1, 3.0), (2, 2.0), (3, 0.9)]
    assert "job_0" in page.lines[0]
    assert "epoch" not in page.latest


def test_validation_loss_of_the_same_step_may_come_by_itself(page: JobPage) -> None:
    page.services.training.news += [
        metrics(4, step=3, loss=1.2),
        metrics(5, step=3, validation_loss=1.1),
    ]
    assert not page.look().rewound
    assert (page.curves.points["loss"][-1], page.curves.points["validation_loss"][-1]) == (
        (3, 1.2),
        (3, 1.1),
    )


def test_a_stopped_run_says_why_it_cannot_go_on(page: JobPage) -> None:
    page.services.training.why_not_resume = "It stopped before its first checkpoint."
    page.services.training.jobs["job_1"] = job(JobStatus.CANCELLED)
    page.look()
    assert page.why_not_resume == "It stopped before its first checkpoint."


def test_progress_comes_from_the_steps(page: JobPage) -> None:
    assert page.percent == 25
    assert page.eta_seconds == 60
    shown = {label: value for label, value, _ in page.measures()}
    assert shown["Validation loss"] == "1.400"
    assert shown["Speed"] == "400 tokens/s"
    assert shown["Memory"] == "–"


def test_a_job_that_is_over_has_no_time_left(page: JobPage) -> None:
    page.services.models.tuned.append(model_version())
    page.services.training.jobs["job_1"] = job(
        JobStatus.SUCCEEDED, eta_seconds=5, model_version_id="mv_1"
    )
    assert page.look().changed
    assert (page.percent, page.eta_seconds, page.over) == (100, None, True)
    assert page.version == model_version()


def test_the_jobs_own_message_comes_before_the_general_one(page: JobPage) -> None:
    page.job = job(JobStatus.FAILED, failure="oom", message="It needs 9 GB. Choose QLoRA.")
    assert page.sentence == "It needs 9 GB. Choose QLoRA."
    page.job = job(JobStatus.FAILED, failure="oom")
    assert page.sentence == "The device ran out of memory."


def test_the_recipe_repeats_the_run(page: JobPage) -> None:
    recipe = json.loads(page.recipe())
    assert recipe["spec"]["hyperparameters"]["learning_rate"] == 2e-4
    assert recipe["base_model"]["manifest_sha256"] == "b" * 64
    assert recipe["dataset"]["content_hash"] == "c" * 64


def test_an_unknown_run_is_not_an_empty_page() -> None:
    with pytest.raises(NotFound):
        JobPage(services=services(), job_id="job_9").load()


def test_what_can_be_done_follows_the_status() -> None:
    assert can_cancel(job(JobStatus.RUNNING))
    assert not can_cancel(job(JobStatus.CANCELLING))
    assert can_resume(job(JobStatus.INTERRUPTED))
    assert not can_resume(job(JobStatus.SUCCEEDED))


def test_one_click_measures_base_and_tuned_on_the_test_split() -> None:
    have = services()
    done = job(JobStatus.SUCCEEDED, model_version_id="mv_1")
    pair = measure(have, done)
    assert [started.model_id for started in have.evaluation.runs] == ["starter", "mv_1"]
    assert pair.path == "/evaluate/ev_1/ev_2"
    assert measure(have, done) == pair
    assert len(have.evaluation.runs) == 2


def test_rows_without_a_test_split_are_measured_on_those_held_out_for_validation() -> None:
    have = services()
    given = {Split.TRAIN: 20, Split.VALIDATION: 4, Split.TEST: 0}
    have.datasets.kept = [one.with_(splits=given) for one in have.datasets.kept]
    done = job(JobStatus.SUCCEEDED, model_version_id="mv_1")
    pair = measure(have, done)
    assert {started.split for started in have.evaluation.runs} == {Split.VALIDATION}
    assert measure(have, done) == pair


def test_a_base_that_was_measured_before_is_not_measured_again() -> None:
    have = services()
    have.evaluation.runs = [run("ev_7", "starter", 0.1)]
    measure(have, job(JobStatus.SUCCEEDED, model_version_id="mv_1"))
    assert [started.model_id for started in have.evaluation.runs] == ["starter", "mv_1"]


def test_runs_with_other_decoding_are_no_pair() -> None:
    have = services()
    have.evaluation.runs = [
        run("ev_1", "starter", decoding=Decoding(max_new_tokens=9)),
        run("ev_2", "mv_1"),
    ]
    assert measured(have, job(JobStatus.SUCCEEDED, model_version_id="mv_1")) is None


def test_a_run_without_a_model_cannot_be_measured() -> None:
    with pytest.raises(Conflict):
        measure(services(), job())
