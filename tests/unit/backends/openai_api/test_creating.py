"""A run becomes one job: found again, asked for again only after a wait, second ones stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.domain.endpoints import Dialect
from tests.fakes.openai_server.behave import Instead
from tests.unit.backends.openai_api.errands import JOB, Run, place

JOBS = "/fine_tuning/jobs"


def test_a_job_is_looked_for_before_it_is_asked_for(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.until("follow")
    kinds = [method for method, path in run.behave.asked if path == JOBS]
    assert kinds[-2:] == ["GET", "POST"]
    job = run.records.jobs[run.remote.job]
    assert job.asked["metadata"] == {"ladder_studio_job": JOB}
    create = [at for at, asked in enumerate(run.behave.asked) if asked == ("POST", JOBS)][-1]
    assert run.behave.heads[create]["idempotency-key"] == JOB


@pytest.mark.parametrize("ignores", [False, True])
def test_a_job_made_unheard_is_found_and_not_asked_for_again(tmp_path: Path, ignores: bool) -> None:
    run = Run(tmp_path)
    run.behave.ignores_filter = ignores
    run.behave.once("POST", JOBS, Instead(status=500, acted=True))
    assert run.end().status == "succeeded"
    assert len(run.records.jobs) == 1
    assert "Nobody knows whether the job was made" in run.story


def test_a_job_is_found_by_its_file_where_metadata_is_lost(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.ignores_filter = run.behave.drops_metadata = True
    run.behave.once("POST", JOBS, Instead(status=500, acted=True))
    assert run.end().status == "succeeded"
    assert len(run.records.jobs) == 1


def test_another_is_asked_for_only_after_the_time_a_job_may_take(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.until("create")
    run.behave.once("POST", JOBS, Instead(status=500))
    run.step()
    failed = run.remote.posted_at
    assert failed is not None
    run.until("follow")
    again = run.remote.posted_at
    assert again is not None
    assert (again - failed).total_seconds() >= run.pace.grace
    assert run.remote.posts == 2


def test_a_server_that_never_makes_it_is_not_asked_for_ever(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.once("POST", JOBS, *[Instead(status=503)] * 20)
    ending = run.end()
    assert (ending.status, ending.failure) == ("failed", "provider")
    assert run.asked("POST", JOBS) == run.pace.posts
    assert run.ours() == []


def test_a_lock_out_leaves_no_file_behind_and_offers_this_machine(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.until("create")
    run.behave.locked_out = True
    ending = run.end()
    assert ending.status == "failed"
    assert "wound down" in ending.message
    assert "This machine" in ending.message
    assert run.ours() == []
    assert run.asked("POST", JOBS) == 1


def test_haste_is_waited_out_as_long_as_the_server_says(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.until("create")
    slow = Instead(status=429, message="Too many.", headers={"retry-after": "37"})
    short = Instead(status=429, message="Too many.", headers={"retry-after-ms": "1500"})
    run.behave.once("POST", JOBS, slow, short)
    assert run.step() == 37
    assert "asked too often" in run.remote.trouble
    run.until("create")
    assert run.step() == 1.5
    assert run.end().status == "succeeded"
    assert len(run.records.jobs) == 1


def test_used_up_credit_ends_the_run(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.until("create")
    run.behave.once("POST", JOBS, Instead(status=429, code="insufficient_quota"))
    assert "no credit left" in run.end().message
    assert run.asked("POST", JOBS) == 1
    assert run.ours() == []


@pytest.mark.parametrize("advice", ["true", "false"])
def test_no_advice_of_a_server_makes_the_client_ask_twice_by_itself(
    tmp_path: Path, advice: str
) -> None:
    run = Run(tmp_path)
    run.until("create")
    again = {"x-should-retry": advice}
    run.behave.once("POST", JOBS, Instead(status=500, headers=again, acted=True))
    run.step()
    assert run.asked("POST", JOBS) == 1
    assert run.end().status == "succeeded"
    assert len(run.records.jobs) == 1


def test_a_second_job_that_turns_up_is_called_off(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.until("follow")
    first = run.records.jobs[run.remote.job]
    run.clock.pass_(1)
    second = run.records.add_job(first.asked, "")
    assert run.end().status == "succeeded"
    assert (first.status, second.status) == ("succeeded", "cancelled")
    assert f"a second job, {second.id}" in run.story


def test_the_older_of_two_jobs_stays(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.until("follow")
    ours = run.records.jobs[run.remote.job]
    older = run.records.add_job(ours.asked, "")
    older.created_at -= 5
    assert run.end().status == "succeeded"
    assert run.remote.job == older.id
    assert (older.status, ours.status) == ("succeeded", "cancelled")


def test_where_jobs_are_not_listed_a_doubtful_one_is_not_asked_for_twice(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.until("create")
    run.behave.no_listing = True
    run.behave.once("POST", JOBS, Instead(status=500, acted=True))
    ending = run.end()
    assert ending.status == "failed"
    assert "provider's own" in ending.message
    assert run.asked("POST", JOBS) == 1


def test_another_studio_is_told_every_hyperparameter(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.place = place(dialect=Dialect.LADDER)
    run.until("follow")
    ladder = run.records.jobs[run.remote.job].asked["ladder"]
    assert ladder["hyperparameters"]["lora_rank"] == 16
    assert (ladder["method"], ladder["effort"]) == ("lora", "balanced")
