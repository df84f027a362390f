"""Runs at a provider: agreed to, side by side, paused by either side, published by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.domain.errors import Conflict
from studio.domain.interfaces import RunState
from studio.domain.jobs import Job, JobStatus
from studio.domain.training import Disclosure, Plan, SentFile
from tests.unit.services.training_desk import Desk

SENT = Disclosure(
    host="api.example.org",
    files=(SentFile(name="train.jsonl", rows=16, size=2048, sha256="a" * 64),),
    fingerprint="f" * 64,
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def hosted(desk: Desk, name: str = "Router") -> Job:
    return desk.start(name=name, backend="endpoint:acme", base_model="their-model")


def at_provider(desk: Desk, state: RunState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.hosted, "state", lambda run_id: state)


def paused_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Job:
    job = hosted(desk)
    desk.poll()
    at_provider(desk, RunState(status="paused", said="paused"), monkeypatch)
    desk.poll()
    return job


def disclosing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = desk.hosted.plan

    def planned(*given: object) -> Plan:
        return plan(*given).with_(disclosure=SENT)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.hosted, "plan", planned)


def test_nothing_is_sent_without_an_agreement_to_exactly_that(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    disclosing(desk, monkeypatch)
    for agreed in ("", "e" * 64):
        with pytest.raises(Conflict, match=r"api\.example\.org"):
            desk.start(backend="endpoint:acme", base_model="their-model", agreed=agreed)
    assert desk.training.all() == []
    job = desk.start(backend="endpoint:acme", base_model="their-model", agreed=SENT.fingerprint)
    assert job.status is JobStatus.QUEUED


def test_what_would_be_sent_is_scanned(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    disclosing(desk, monkeypatch)
    plan = desk.training.plan(desk.spec(backend="endpoint:acme", base_model="their-model"))
    assert plan.disclosure is not None
    assert plan.disclosure.personal_data == ()


def test_runs_elsewhere_do_not_wait_for_each_other(desk: Desk) -> None:
    desk.hosted.held = desk.backend.held = True
    jobs = [hosted(desk, "one"), hosted(desk, "two"), desk.start(), desk.start()]
    desk.poll()
    running, queued = JobStatus.RUNNING, JobStatus.QUEUED
    assert [desk.status(job) for job in jobs] == [running, running, running, queued]


def test_the_provider_s_word_is_passed_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    job = hosted(desk)
    desk.poll()
    state = RunState(status="running", said="validating_files", message="It reads the files.")
    at_provider(desk, state, monkeypatch)
    desk.poll()
    told = desk.jobs.get(job.id)
    assert (told.status, told.said) == (JobStatus.RUNNING, "validating_files")
    assert told.message == "It reads the files."


def test_a_pause_at_the_provider_is_seen_and_its_end_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = paused_there(desk, monkeypatch)
    assert desk.status(job) is JobStatus.PAUSED
    at_provider(desk, RunState(status="running", said="running"), monkeypatch)
    desk.poll()
    assert desk.status(job) is JobStatus.RUNNING


def test_a_hosted_model_is_published_by_its_name(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = paused_there(desk, monkeypatch)
    name = "ft:their-model:org::abc"
    done = RunState(status="succeeded", remote_model=name, said="succeeded")
    at_provider(desk, done, monkeypatch)
    desk.poll()
    assert desk.status(job) is JobStatus.SUCCEEDED
    (version,) = desk.models.versions()
    assert (version.endpoint, version.remote_model, version.path) == ("acme", name, "")
    assert (version.base_model, version.method) == ("their-model", "hosted")


def test_a_run_paused_at_its_provider_is_cancelled_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = paused_there(desk, monkeypatch)
    asked: list[str] = []
    monkeypatch.setattr(desk.hosted, "cancel", asked.append)
    assert desk.training.cancel(job.id).status is JobStatus.CANCELLING
    assert asked == [desk.jobs.get(job.id).run_id]
    at_provider(desk, RunState(status="cancelled", said="cancelled"), monkeypatch)
    desk.poll()
    assert desk.status(job) is JobStatus.CANCELLED


def test_a_run_whose_endpoint_is_gone_keeps_its_state_and_says_so(desk: Desk) -> None:
    job = hosted(desk)
    desk.poll()
    del desk.backends["endpoint:acme"]
    desk.poll()
    told = desk.jobs.get(job.id)
    assert told.status is JobStatus.RUNNING
    assert "removed" in told.message


def test_a_waiting_run_is_paused_and_resumed(desk: Desk) -> None:
    job = desk.start()
    assert desk.training.pause(job.id).status is JobStatus.PAUSED
    desk.poll(3)
    assert desk.status(job) is JobStatus.PAUSED
    assert desk.backend.submitted == []
    assert desk.training.resume(job.id).id == job.id
    desk.poll()
    assert desk.status(job) is JobStatus.RUNNING


def test_a_running_run_is_paused_and_goes_on_as_the_same_job(desk: Desk) -> None:
    job = desk.start()
    desk.poll(2)
    assert desk.training.pause(job.id).status is JobStatus.PAUSING
    assert desk.training.pause(job.id).status is JobStatus.PAUSING
    desk.poll(2)
    assert desk.status(job) is JobStatus.PAUSED
    desk.training.resume(job.id)
    desk.poll(8)
    assert desk.status(job) is JobStatus.SUCCEEDED
    assert len(desk.training.all()) == 1


def test_a_run_that_its_provider_does_not_pause_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = hosted(desk)
    desk.poll(2)
    desk.training.pause(job.id)
    refusal = "The server cannot pause jobs; this one goes on."
    at_provider(desk, RunState(status="running", said="running"), monkeypatch)
    desk.poll()
    assert desk.status(job) is JobStatus.PAUSING
    at_provider(desk, RunState(status="running", said="running", message=refusal), monkeypatch)
    desk.poll()
    assert desk.status(job) is JobStatus.RUNNING
    assert desk.training.get(job.id).message == refusal


def test_a_paused_run_frees_its_device(desk: Desk) -> None:
    first = desk.start(name="first")
    second = desk.start(name="second")
    desk.poll(2)
    desk.training.pause(first.id)
    desk.poll(3)
    assert desk.status(first) is JobStatus.PAUSED
    assert desk.status(second) is JobStatus.RUNNING


def test_a_paused_run_is_cancelled_at_once(desk: Desk) -> None:
    job = desk.start()
    desk.poll(2)
    desk.training.pause(job.id)
    desk.poll(2)
    assert desk.training.cancel(job.id).status is JobStatus.CANCELLED


def test_what_has_ended_cannot_be_paused(desk: Desk) -> None:
    job = desk.start()
    desk.training.cancel(job.id)
    with pytest.raises(Conflict, match="cancelled"):
        desk.training.pause(job.id)
