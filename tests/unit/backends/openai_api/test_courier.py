"""A courier sends what was agreed to, grants wishes at any point, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.domain.endpoints import Dialect
from studio.domain.training import Objective
from tests.fakes.openai_server.behave import Instead
from tests.unit.backends.openai_api.errands import KEY, Run, place

FILES = ("POST", "/files")


def test_nothing_leaves_without_an_agreement(tmp_path: Path) -> None:
    run = Run(tmp_path, agreed="")
    ending = run.end()
    assert (ending.status, ending.failure) == ("failed", "provider")
    assert "Nobody agreed" in ending.message
    assert run.behave.asked == []


def test_another_address_than_the_agreed_one_gets_nothing(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.place = place(base_url="http://localhost/v1")
    assert "Nobody agreed to send these files to localhost" in run.end().message
    assert run.behave.asked == []


def test_a_run_waits_while_its_endpoint_leads_elsewhere(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.until("follow")
    before = len(run.behave.asked)
    run.place = place(base_url="http://localhost/v1")
    run.step()
    assert "leads to localhost now" in run.remote.trouble
    assert len(run.behave.asked) == before
    run.place = place()
    assert run.end().status == "succeeded"


def test_a_server_that_does_not_train_is_sent_nothing(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.no_training = Instead(status=404, message="Invalid URL")
    ending = run.end()
    assert "offers no fine-tuning" in ending.message
    assert "This machine" in ending.message
    assert run.asked(*FILES) == 0


def test_a_network_that_is_down_is_waited_for(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.once("GET", "/fine_tuning/jobs", *[Instead(status=503)] * 3)
    assert run.end().status == "succeeded"
    assert "The server answers again." in run.story


@pytest.mark.parametrize("phase", ["check", "upload", "create", "follow"])
def test_a_run_is_cancelled_wherever_it_is(tmp_path: Path, phase: str) -> None:
    run = Run(tmp_path)
    run.until(phase)
    run.folder.wish("cancel")
    assert run.end().status == "cancelled"
    assert run.ours() == []
    assert all(job.status == "cancelled" for job in run.records.jobs.values())


def test_a_run_that_is_paused_before_it_was_sent_is_not_sent(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.folder.wish("pause")
    for _ in range(5):
        run.step()
    assert run.behave.asked == []
    run.folder.settle("pause")
    assert run.end().status == "succeeded"


def test_what_cannot_be_deleted_is_named(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.until("tidy")
    file = run.remote.sent[0].file
    run.behave.once("DELETE", file, Instead(status=403, message="Not yours."))
    assert run.end().status == "succeeded"
    assert f"{file} could not be deleted" in run.story


def test_an_end_is_told_even_if_the_server_is_gone_by_then(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.until("tidy")
    run.behave.key = "revoked"
    assert run.end().status == "succeeded"
    assert "could not all be deleted" in run.story


def test_the_key_is_nowhere_in_the_folder(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.once("GET", "/models/base-mini", Instead(status=401, message=f"Wrong key {KEY}."))
    run.end()
    for path in tmp_path.iterdir():
        assert KEY.encode() not in path.read_bytes(), path.name


def test_what_a_server_says_of_a_job_is_kept_without_the_key(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.fails = {"code": "x", "message": f"{KEY} has no rights.", "param": None}
    run.until("follow")
    run.records.jobs[run.remote.job].tell(run.records.now(), f"Begun with {KEY}.")
    assert run.end().message == "The server ended the job: [key] has no rights. (x)."
    assert "Begun with [key]." in run.story


def test_looks_become_rarer_until_somebody_wishes_for_something(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.held = True
    run.until("follow")
    waits = [run.step() or 0.0 for _ in range(40)]
    assert waits == sorted(waits)
    assert waits[0] < 3
    assert waits[-1] == run.pace.slowest_look
    run.folder.wish("pause")
    assert run.step() == run.pace.first_look


def test_azures_dated_api_is_asked_in_its_own_way(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.place = place(
        base_url="http://127.0.0.1/openai", api_version="2024-10-21", dialect=Dialect.AZURE
    )
    assert run.end().status == "succeeded"
    assert {head.get("api-key") for head in run.behave.heads} == {KEY}
    assert not any("authorization" in head for head in run.behave.heads)


def test_preferences_are_trained_as_such(tmp_path: Path) -> None:
    run = Run(tmp_path, objective=Objective.DPO, automatic=("beta",))
    assert run.end().status == "succeeded"
    method = run.records.jobs[run.remote.job].asked["method"]
    assert method["type"] == "dpo"
    assert method["dpo"]["hyperparameters"]["beta"] == "auto"


def test_a_torn_last_line_is_cut_off_and_nothing_is_told_twice(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.until("collect")
    told = run.events
    with (tmp_path / "events.jsonl").open("ab") as stream:
        stream.write(b'{"n":999,"at":"20')
    assert run.folder.events(0) == told
    run.courier = run.another()
    run.end()
    events = run.events
    assert events[: len(told)] == told
    assert [event.n for event in events] == list(range(1, len(events) + 1))
