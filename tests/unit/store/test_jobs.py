"""Jobs move by compare-and-set along legal moves; their events are kept once."""

from __future__ import annotations

import math

import pytest

from studio.domain.errors import Conflict, InvalidTransition, NotFound
from studio.domain.jobs import TERMINAL, JobStatus
from studio.domain.values import now
from studio.store.database import Database
from studio.store.jobs import JobStore
from tests.unit.store import samples


@pytest.fixture
def store(database: Database) -> JobStore:
    store = JobStore(database)
    store.add(samples.job(id="job_1"))
    return store


def test_a_job_comes_back_as_it_was(store: JobStore) -> None:
    job = samples.job(run_id="run_1", failure="oom", eta_seconds=1.5, started_at=now(), step=7)
    store.add(job)
    assert store.get(job.id) == job
    assert store.all("project_1")[0] == job
    assert len(store.all()) == 2
    assert store.all("project_2") == []


def test_a_legal_move_is_kept(store: JobStore) -> None:
    running = store.get("job_1").moved_to(JobStatus.RUNNING, run_id="run_1")
    store.save(running, JobStatus.QUEUED)
    assert store.get("job_1") == running
    progress = running.with_(step=5)
    store.save(progress, JobStatus.RUNNING)
    assert store.get("job_1").step == 5


def test_a_job_that_somebody_else_moved_is_not_overwritten(store: JobStore) -> None:
    job = store.get("job_1")
    store.save(job.moved_to(JobStatus.CANCELLED), JobStatus.QUEUED)
    with pytest.raises(Conflict, match="cancelled by now"):
        store.save(job.moved_to(JobStatus.RUNNING), JobStatus.QUEUED)
    assert store.get("job_1").status is JobStatus.CANCELLED


@pytest.mark.parametrize("end", sorted(TERMINAL))
@pytest.mark.parametrize("wanted", sorted(set(JobStatus)))
def test_an_ended_job_never_moves(store: JobStore, end: JobStatus, wanted: JobStatus) -> None:
    ended = samples.job(id="job_2", status=end)
    store.add(ended)
    if wanted is end:
        store.save(ended, end)
    else:
        with pytest.raises(InvalidTransition):
            store.save(ended.with_(status=wanted), end)
    assert store.get("job_2") == ended


def test_saving_the_same_words_again_is_no_conflict(store: JobStore) -> None:
    running = store.get("job_1").moved_to(JobStatus.RUNNING)
    for _ in range(2):
        store.save(running, JobStatus.QUEUED)
    assert store.get("job_1") == running


def test_events_resume_where_the_reader_stopped(store: JobStore) -> None:
    events = [samples.event(n, kind="log" if n % 2 else "metrics") for n in range(1, 11)]
    store.add_events("job_1", events[:6])
    store.add_events("job_1", events[3:])
    assert store.events("job_1") == events
    assert store.events("job_1", after=7) == events[7:]
    assert store.events("job_1", after=1, limit=3) == events[1:4]
    assert store.events("job_1", kind="log") == events[::2]
    assert store.last_event_number("job_1") == 10


def test_a_number_that_is_there_keeps_its_first_words(store: JobStore) -> None:
    first = samples.event(1, message="first")
    store.add_events("job_1", [first])
    store.add_events("job_1", [samples.event(1, message="second")])
    assert store.events("job_1") == [first]


def test_many_events_are_kept_at_once(store: JobStore) -> None:
    events = [samples.event(n) for n in range(1, 4501)]
    store.add_events("job_1", events)
    assert store.events("job_1", limit=10_000) == events


def test_a_number_that_is_not_finite_is_kept_as_unknown(store: JobStore) -> None:
    store.add_events("job_1", [samples.event(1, data={"loss": math.nan, "step": 1})])
    assert store.events("job_1")[0].data == {"loss": None, "step": 1}


def test_no_events_are_no_trouble(store: JobStore) -> None:
    store.add_events("job_1", [])
    assert store.events("job_1") == []
    assert store.last_event_number("job_1") == 0


def test_unknown_jobs_are_not_found(store: JobStore) -> None:
    with pytest.raises(NotFound):
        store.get("job_9")
    with pytest.raises(NotFound):
        store.save(samples.job(), JobStatus.QUEUED)
    with pytest.raises(NotFound):
        store.add_events("job_9", [samples.event(1)])


def test_the_latest_news_comes_first_and_goes_back_from_any_place(store: JobStore) -> None:
    store.add_events("job_1", [samples.event(n) for n in range(1, 8)])
    assert [one.n for one in store.latest_events("job_1", None, 3)] == [7, 6, 5]
    assert [one.n for one in store.latest_events("job_1", 5, 3)] == [4, 3, 2]
    assert [one.n for one in store.latest_events("job_1", 2, 3)] == [1]
