"""Runs are followed to their end, once each, whoever stops or dies meanwhile."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from studio.domain.errors import (
    InvalidDataset,
    ModelRefused,
    StorageFailed,
    StudioError,
    WorkerFailed,
)
from studio.domain.jobs import Event, Job, JobStatus
from studio.domain.values import now
from tests.fakes.training import STEPS
from tests.unit.services.training_desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def run_of(desk: Desk, job: Job) -> str:
    run_id = desk.jobs.get(job.id).run_id
    assert run_id is not None
    return run_id


def test_a_run_is_followed_to_its_model(desk: Desk) -> None:
    job = desk.start()
    desk.poll(STEPS + 2)
    done = desk.jobs.get(job.id)
    assert done.status is JobStatus.SUCCEEDED
    assert (done.step, done.total_steps) == (STEPS, STEPS)
    assert done.started_at is not None
    assert done.finished_at is not None
    (version,) = desk.models.versions()
    assert version.id == done.model_version_id
    assert (version.job_id, version.base_model, version.method) == (job.id, "small", "lora")
    assert version.dataset_version_id == desk.version.id
    assert version.validation_loss == 0.5
    assert len(version.manifest_sha256) == 64


def test_every_event_is_kept_once_and_in_order(desk: Desk) -> None:
    job = desk.start()
    desk.poll(STEPS + 2)
    events = desk.training.events(job.id)
    assert events == desk.backend.events(run_of(desk, job), 0)
    assert [event.n for event in events] == list(range(1, len(events) + 1))


def test_one_run_at_a_time_oldest_first(desk: Desk) -> None:
    waiting = [desk.start(name=f"run {n}") for n in range(3)]
    order: list[str] = []
    for _ in range(4 * STEPS + 8):
        desk.poll()
        running = [job for job in waiting if desk.status(job) is JobStatus.RUNNING]
        assert len(running) <= 1
        order += [job.id for job in running if job.id not in order]
    assert order == [job.id for job in waiting]
    assert all(desk.status(job) is JobStatus.SUCCEEDED for job in waiting)


def test_a_new_studio_takes_up_what_runs(desk: Desk) -> None:
    job = desk.start()
    desk.poll(2)
    desk.monitor = desk.another_monitor()
    desk.poll(STEPS + 2)
    assert desk.status(job) is JobStatus.SUCCEEDED
    events = desk.training.events(job.id)
    assert [event.n for event in events] == list(range(1, len(events) + 1))
    assert len(desk.backend.submitted) == 1


def test_a_studio_that_died_while_handing_over_finds_its_run_again(desk: Desk) -> None:
    job = desk.start()
    running = job.moved_to(JobStatus.RUNNING)
    # The worker was started, its id not yet kept.
    desk.jobs.save(running, expected=JobStatus.QUEUED)
    run_id = desk.backend.submit(job.spec, desk.models.base("small"), [], [], job_id=job.id)
    desk.monitor = desk.another_monitor()
    desk.poll()
    assert run_of(desk, job) == run_id
    desk.poll(STEPS + 2)
    assert desk.status(job) is JobStatus.SUCCEEDED
    assert len(desk.models.versions()) == 1


def test_a_run_cancelled_while_it_is_handed_over_is_not_left_running(desk: Desk) -> None:
    job = desk.start()
    desk.backend.on_submit = lambda: desk.training.cancel(job.id)
    desk.poll()
    assert desk.status(job) is JobStatus.CANCELLING
    desk.poll(2)
    assert desk.status(job) is JobStatus.CANCELLED
    assert desk.backend.state(f"run_{job.id}").status == "cancelled"


@pytest.mark.parametrize("died_after", ["the version was added", "nothing"])
def test_a_model_is_made_once_though_the_studio_died_while_making_it(
    desk: Desk, died_after: str
) -> None:
    job = desk.start()
    desk.poll(STEPS)
    before = desk.jobs.get(job.id)
    assert before.status is JobStatus.RUNNING
    desk.poll(2)
    if died_after == "the version was added":
        # The job's last word was lost: it is put back to where it was.
        with desk.database.write() as cursor:
            cursor.execute("UPDATE jobs SET status = 'running' WHERE id = ?", [job.id])
        desk.monitor = desk.another_monitor()
        desk.poll(2)
    assert desk.status(job) is JobStatus.SUCCEEDED
    assert len(desk.models.versions()) == 1


def test_a_request_to_stop_made_on_an_older_look_does_not_turn_the_steps_back(desk: Desk) -> None:
    job = desk.start()
    desk.poll(3)
    seen_earlier = desk.jobs.get(job.id)
    desk.poll()
    assert desk.jobs.get(job.id).step == seen_earlier.step + 1
    desk.backend.cancel(run_of(desk, job))
    asked = seen_earlier.moved_to(JobStatus.CANCELLING)
    desk.jobs.save(asked, expected=JobStatus.RUNNING)
    desk.poll(2)
    ended = desk.jobs.get(job.id)
    assert (ended.status, ended.step) == (JobStatus.CANCELLED, seen_earlier.step + 1)


def test_a_killed_worker_interrupts_its_job_and_frees_the_device(desk: Desk) -> None:
    desk.backend.held = True
    job, next_one = desk.start(), desk.start(name="next")
    desk.poll()
    desk.backend.kill(run_of(desk, job))
    desk.poll()
    stopped = desk.jobs.get(job.id)
    assert (stopped.status, stopped.failure) == (JobStatus.INTERRUPTED, "killed")
    assert stopped.eta_seconds is None
    assert desk.status(next_one) is JobStatus.RUNNING


def test_a_worker_killed_while_it_was_stopping_has_stopped(desk: Desk) -> None:
    desk.backend.held = True
    job = desk.start()
    desk.poll()
    desk.training.cancel(job.id)
    desk.backend.kill(run_of(desk, job))
    desk.poll()
    assert desk.status(job) is JobStatus.CANCELLED


def test_a_failure_is_told_and_nothing_is_made_of_it(desk: Desk) -> None:
    desk.backend.fails, desk.backend.failure = "Training diverged.", "nan"
    job = desk.start()
    desk.poll(3)
    failed = desk.jobs.get(job.id)
    assert (failed.status, failed.failure) == (JobStatus.FAILED, "nan")
    assert failed.message == "Training diverged."
    assert desk.models.versions() == []


def test_a_run_that_finished_before_it_saw_the_request_still_counts_as_cancelled(
    desk: Desk,
) -> None:
    job = desk.start()
    desk.poll(STEPS)
    run_id = run_of(desk, job)
    asked = desk.training.cancel(job.id)
    assert asked.status is JobStatus.CANCELLING
    desk.backend.ignore_request(run_id)
    desk.poll(3)
    assert desk.backend.state(run_id).status == "succeeded"
    assert desk.status(job) is JobStatus.CANCELLED
    assert desk.models.versions() == []
    again = desk.training.resume(job.id)
    assert again.resumed_from == job.id


def test_a_run_whose_folder_is_gone_fails_in_a_sentence(desk: Desk) -> None:
    job = desk.start()
    desk.poll()
    desk.backend.forget(run_of(desk, job))
    desk.poll()
    failed = desk.jobs.get(job.id)
    assert failed.status is JobStatus.FAILED
    assert "There is no run" in failed.message


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (StorageFailed("The disk is full."), "disk"),
        (ModelRefused("A file was altered."), "model"),
        (InvalidDataset("Row 3 is empty."), "data"),
        (WorkerFailed("It died."), "internal"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, StudioError) else value,
)
def test_a_run_that_cannot_be_handed_over_fails(
    desk: Desk, error: StudioError, failure: str
) -> None:
    job, next_one = desk.start(), desk.start(name="next")
    desk.backend.refuses = error
    desk.poll()
    failed = desk.jobs.get(job.id)
    assert (failed.status, failed.failure) == (JobStatus.FAILED, failure)
    assert failed.message == str(error)
    desk.backend.refuses = None
    desk.poll(STEPS + 3)
    assert desk.status(next_one) is JobStatus.SUCCEEDED


def test_a_base_model_removed_meanwhile_fails_the_waiting_run(desk: Desk) -> None:
    job = desk.start()
    desk.models.remove_base("small")
    desk.poll()
    assert desk.jobs.get(job.id).failure == "data"


def test_trouble_while_looking_is_logged_once_and_is_no_end(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    job = desk.start()
    desk.poll()
    desk.backend.trouble = OSError("the network is away")
    with caplog.at_level(logging.ERROR):
        desk.poll(5)
    assert desk.status(job) is JobStatus.RUNNING
    assert len([r for r in caplog.records if job.id in r.getMessage()]) == 1
    desk.backend.trouble = None
    desk.poll(STEPS + 2)
    assert desk.status(job) is JobStatus.SUCCEEDED


def test_more_news_than_one_page_is_all_copied(desk: Desk) -> None:
    desk.backend.held = True
    job = desk.start()
    desk.poll()
    many = [
        Event(n=n, at=now(), kind="metrics", data={"step": n, "total_steps": 9999})
        for n in range(1, 2502)
    ]
    desk.backend.told(run_of(desk, job), many)
    desk.poll()
    assert desk.jobs.last_event_number(job.id) == 2501
    assert desk.jobs.get(job.id).step == 2501


def test_it_follows_by_itself_until_it_is_stopped(desk: Desk) -> None:
    desk.monitor.start()
    job = desk.start()
    deadline = threading.Event()
    for _ in range(200):
        if desk.status(job) is JobStatus.SUCCEEDED:
            break
        deadline.wait(0.05)
    desk.monitor.stop()
    assert desk.status(job) is JobStatus.SUCCEEDED
    assert not any(thread.name == "monitor" for thread in threading.enumerate())
    later = desk.start(name="later")
    deadline.wait(0.7)
    assert desk.status(later) is JobStatus.QUEUED
