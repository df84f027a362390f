"""Result tables are read plain or in base64, and tell what the events left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.openai_server.behave import Instead
from tests.unit.backends.openai_api.errands import Run


@pytest.mark.parametrize("form", ["plain", "base64"])
@pytest.mark.parametrize("validates", [True, False])
def test_the_table_is_kept_in_plain_and_told(tmp_path: Path, form: str, validates: bool) -> None:
    run = Run(tmp_path)
    run.behave.result, run.behave.validates = form, validates
    run.behave.tells_metrics = False
    run.end()
    assert (tmp_path / "result-1.csv").read_bytes().startswith(b"step,train_loss,")
    told = [event.data for event in run.events if event.kind == "metrics"]
    assert [data["step"] for data in told] == list(range(1, 13))
    assert all("token_accuracy" in data for data in told)
    assert all(("validation_loss" in data) == validates for data in told)


def test_what_events_told_is_not_told_again(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.end()
    assert len([event for event in run.events if event.kind == "metrics"]) == 12


def test_trained_tokens_are_kept_and_told(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.end()
    job = run.records.jobs[run.remote.job]
    assert run.remote.trained_tokens == job.tokens()
    (event,) = [event for event in run.events if "trained_tokens" in event.data]
    assert event.data["trained_tokens"] == job.tokens()


def test_a_table_that_cannot_be_had_does_not_spoil_the_run(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.behave.once("GET", "/content", *[Instead(status=500)] * 20)
    assert run.end().status == "succeeded"
    assert "could not be fetched" in run.story
