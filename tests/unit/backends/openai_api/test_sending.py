"""Files reach the server once, in one piece or in parts, and go on where a crash left them."""

from __future__ import annotations

from pathlib import Path

from backends.openai_api.errand import Pace
from tests.fakes.openai_server.behave import Instead
from tests.unit.backends.openai_api.errands import JOB, Run

PARTS = Pace(whole=100, part=700)


def test_the_bytes_that_arrive_are_those_in_the_folder(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.until("create")
    kept = {file.filename: file.content for file in run.records.files.values()}
    assert kept == {
        f"{JOB}-{name}": (tmp_path / name).read_bytes()
        for name in ("train.jsonl", "validation.jsonl")
    }


def test_a_large_file_goes_in_parts_and_tells_how_far_it_is(tmp_path: Path) -> None:
    run = Run(tmp_path, pace=PARTS)
    run.until("create")
    file = next(f for f in run.records.files.values() if f.filename.endswith("train.jsonl"))
    assert file.content == (tmp_path / "train.jsonl").read_bytes()
    assert run.asked("POST", "/parts") > 3
    shares = [event.data["percent"] for event in run.events if "percent" in event.data]
    assert shares[0] < 100
    assert shares == [*sorted(shares[: shares.index(100) + 1]), *shares[shares.index(100) + 1 :]]


def test_parts_that_arrived_are_not_sent_again(tmp_path: Path) -> None:
    run = Run(tmp_path, pace=PARTS)
    run.behave.once("POST", "/parts", Instead(status=500, acted=False))
    run.until("upload")
    run.step()
    run.behave.once("POST", "/parts", Instead(status=500, acted=False))
    sent = run.remote.sent[0].parts
    run.courier = run.another()
    run.until("create")
    assert run.remote.sent[0].parts[: len(sent)] == sent
    needed = sum(-(-(tmp_path / f).stat().st_size // PARTS.part) for f in run.folder.files())
    assert run.asked("POST", "/parts") == needed + 2


def test_an_upload_that_expired_begins_anew(tmp_path: Path) -> None:
    run = Run(tmp_path, pace=PARTS)
    run.behave.expires = 1
    assert run.end().status == "succeeded"
    assert "has to begin anew" in run.story


def test_an_upload_that_was_completed_unheard_is_found(tmp_path: Path) -> None:
    run = Run(tmp_path, pace=PARTS)
    run.behave.once("POST", "/complete", Instead(status=500, acted=True))
    run.until("create")
    assert len(run.ours()) == 2
    assert len(run.records.uploads) == 2


def test_a_server_without_uploads_gets_large_files_whole(tmp_path: Path) -> None:
    run = Run(tmp_path, pace=PARTS)
    run.behave.no_uploads = True
    assert run.end().status == "succeeded"


def test_a_file_that_arrived_unheard_is_not_sent_again(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.once("POST", "/files", Instead(status=502, acted=True))
    run.until("create")
    assert len(run.ours()) == 2
    assert run.asked("POST", "/files") == 2


def test_a_file_the_server_cannot_use_ends_the_run_with_its_words(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.bad_file = "Line 3 is no JSON."
    ending = run.end()
    assert (ending.status, ending.failure) == ("failed", "data")
    assert "Line 3 is no JSON." in ending.message
    assert run.ours() == []


def test_a_file_that_arrived_short_is_noticed(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.cuts = 5
    ending = run.end()
    assert ending.status == "failed"
    assert "damaged" in ending.message
    assert run.records.jobs == {}
    assert run.ours() == []


def test_a_server_that_lists_no_files_is_sent_the_file_again(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.until("upload")
    run.behave.no_listing = True
    run.behave.once("POST", "/files", Instead(status=502))
    run.until("create")
    assert len(run.ours()) == 2
