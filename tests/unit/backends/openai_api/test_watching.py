"""What a server tells is passed on once, in order and in our words; wishes reach it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from studio.domain.training import METRICS
from tests.fakes.openai_server.behave import Instead
from tests.unit.backends.openai_api.errands import KEY, Run


def metrics(run: Run) -> list[dict[str, Any]]:
    return [event.data for event in run.events if event.kind == "metrics"]


@pytest.mark.parametrize("page", [1, 3, 100])
@pytest.mark.parametrize("has_more", [True, False])
def test_every_event_is_told_once_in_order(tmp_path: Path, page: int, has_more: bool) -> None:
    run = Run(tmp_path)
    run.behave.page, run.behave.has_more, run.behave.pace = page, has_more, 5
    run.end()
    assert [data["step"] for data in metrics(run)] == list(range(1, 13))
    assert [event.n for event in run.events] == list(range(1, len(run.events) + 1))
    theirs = [e["message"] for e in run.records.jobs[run.remote.job].events]
    told = [event.message for event in run.events]
    assert [m for m in told if m in theirs] == [m for m in theirs if not m.startswith("Step ")]


def test_metrics_bear_our_names_and_say_how_far_the_run_is(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.end()
    told = metrics(run)
    assert all(data.keys() <= METRICS.keys() for data in told)
    assert told[-1]["percent"] == 100
    assert told[-1]["eta_seconds"] == 0
    assert told[5]["validation_loss"] == pytest.approx(told[5]["loss"] + 0.2)
    assert told[4]["validation_loss"] == pytest.approx(told[4]["loss"] + 0.1)
    assert run.remote.validation_loss == told[-1]["validation_loss"]


def test_what_was_not_measured_is_not_told(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.validates = False
    run.end()
    assert not any("validation_loss" in data for data in metrics(run))
    assert run.remote.validation_loss is None


def test_checkpoints_are_told_and_only_the_kept_ones_are_offered(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.checkpoint_every, run.behave.pace = 2, 2
    run.end()
    told = [event.data["step"] for event in run.events if event.kind == "checkpoint"]
    assert told == [2, 4, 6, 8, 10, 12]
    assert list(run.remote.kept.values()) == [8, 10, 12]
    assert all(name.endswith(f":ckpt-step-{step}") for name, step in run.remote.kept.items())


def test_a_word_nobody_knows_is_shown_and_the_run_goes_on(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.held, run.behave.says = True, {"running": "warming_up"}
    run.until("follow")
    for _ in range(6):
        run.step()
    assert (run.remote.phase, run.remote.said) == ("follow", "warming_up")
    assert "The server says: warming_up." in run.story


def test_kinds_of_news_nobody_knows_are_passed_on(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.moderates = True
    run.end()
    (checks,) = [e for e in run.events if e.data.get("type") == "moderation_checks"]
    assert (checks.kind, checks.data["data"]) == ("log", {"blocked": False})


@pytest.mark.parametrize("shape", [None, {}, {"code": None, "message": None, "param": None}])
def test_an_empty_error_is_none(tmp_path: Path, shape: Any) -> None:
    run = Run(tmp_path)
    run.behave.no_error = shape
    assert run.end().status == "succeeded"


def test_a_failed_job_says_why(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.fails = {"code": "unsafe", "message": "The model is unsafe.", "param": None}
    ending = run.end()
    assert (ending.status, ending.failure) == ("failed", "provider")
    assert "The model is unsafe. (unsafe)" in ending.message


def test_a_job_that_failed_without_a_word_says_that(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.fails = {}
    assert "does not say why" in run.end().message


@pytest.mark.parametrize("shape", ["sparse", "leaves_error_out", "unknown_fields"])
def test_missing_and_unknown_fields_are_borne(tmp_path: Path, shape: str) -> None:
    run = Run(tmp_path)
    setattr(run.behave, shape, True)
    assert run.end().status == "succeeded"


def test_a_model_that_is_named_late_is_waited_for(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.names_model_late = 2
    assert run.end().status == "succeeded"
    assert run.remote.model.startswith("ft:base-mini:org:colours:")


def test_a_success_without_a_model_is_none(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.names_model_late = 10_000
    ending = run.end()
    assert (ending.status, ending.failure) == ("failed", "provider")


def test_a_job_the_server_forgot_fails_after_a_while(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.until("follow")
    run.records.jobs.clear()
    assert "does not know this job any more" in run.end().message


def test_pause_resume_and_cancel_reach_the_server(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.held = True
    run.until("follow")
    for _ in range(4):
        run.step()
    job = run.records.jobs[run.remote.job]
    run.folder.wish("pause")
    run.step()
    assert (job.status, run.remote.said) == ("paused", "paused")
    assert not run.folder.wished("pause")
    run.folder.wish("resume")
    run.step()
    assert job.status == "queued"
    assert not run.folder.wished("resume")
    run.folder.wish("cancel")
    assert run.end().status == "cancelled"
    assert job.status == "cancelled"
    assert run.asked("POST", "/cancel") == 1
    assert run.ours() == []


def test_a_server_that_cannot_pause_says_so_and_trains_on(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.cannot, run.behave.held = {"pause"}, True
    run.until("follow")
    for _ in range(4):
        run.step()
    run.folder.wish("pause")
    run.step()
    assert run.remote.notice == "The server cannot pause jobs; this one goes on."
    assert "pause" in run.lacks
    run.behave.held = False
    assert run.end().status == "succeeded"


def test_trouble_while_following_ends_nothing(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.until("follow")
    run.behave.once("GET", run.remote.job, *[Instead(status=503)] * 6)
    waits = []
    while run.behave.instead:
        wait = run.step()
        if run.remote.trouble:
            waits.append(wait)
    assert waits == sorted(waits)
    assert len(set(waits)) > 3
    assert run.end().status == "succeeded"
    assert run.story.count("has trouble of its own") == 1
    assert "The server answers again." in run.story
    assert run.remote.trouble == ""


def test_a_key_that_is_revoked_and_comes_back_costs_nothing(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.until("follow")
    run.behave.key = "another-key-altogether"
    for _ in range(3):
        run.step()
    assert "refused the key" in run.remote.trouble
    assert KEY[-4:] not in run.remote.trouble
    assert run.remote.phase == "follow"
    run.behave.key = KEY
    assert run.end().status == "succeeded"
