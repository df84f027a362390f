"""studio train at a provider: what is sent is shown and agreed to, then the model is there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.cli.exits import CANCELLED, ERROR, OK, REFUSED
from tests.fakes.cli_studio import CliStudio, cli_studio
from tests.fakes.openai_server.app import OpenAIServer, openai_server
from tests.unit.cli.test_data import MAPPED, ROWS

PLACE = ("--backend", "endpoint:acme")


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAIServer]:
    with openai_server() as running:
        yield running


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory, server: OpenAIServer) -> Iterator[CliStudio]:
    folder = tmp_path_factory.mktemp("hosted")
    with cli_studio(folder / "data") as opened:
        (folder / "questions.csv").write_text(ROWS, encoding="utf-8")
        opened.data("data", "import", str(folder / "questions.csv"), *MAPPED)
        opened.data(
            *("endpoints", "add", "acme", server.url, "--model", "base-mini"),
            *("--dialect", "openai", "--trains", "base-mini", "--trains", "base-large"),
            *("--secret", "OFFICE_KEY"),
        )
        yield opened


def fingerprint(studio: CliStudio) -> str:
    plan = studio.data("train", "questions", *PLACE, "--plan")
    return str(plan["disclosure"]["fingerprint"])


def test_the_plan_shows_what_leaves_where_to_and_what_it_costs(studio: CliStudio) -> None:
    shown = studio.run("train", "questions", *PLACE, "--plan")
    assert shown.exit_code == OK, shown.output
    for told in (
        "Device:    the servers of 127.0.0.1",
        "Price:     unknown (no price of training base-mini",
        "Would be sent to 127.0.0.1:",
        "train.jsonl: ",
        "No personal data was seen in it.",
    ):
        assert told in shown.stdout
    assert "Memory:" not in shown.stdout


def test_an_own_price_makes_a_bill(studio: CliStudio) -> None:
    id = "endpoint:acme/base-mini training"
    studio.data("prices", "override", id, "4")
    plan = studio.data("train", "questions", *PLACE, "--plan")
    assert plan["usd"] == pytest.approx(4e-6 * plan["billed_tokens"])
    assert "your own price" in plan["usd_basis"]
    studio.data("prices", "reset", id)


def test_nothing_is_sent_without_a_word_for_exactly_that(
    studio: CliStudio, server: OpenAIServer
) -> None:
    refused = studio.run("train", "questions", *PLACE)
    assert refused.exit_code == REFUSED
    assert f"--agree {fingerprint(studio)}" in refused.stderr
    wrong = studio.run("train", "questions", *PLACE, "--agree", "e" * 64)
    assert (wrong.exit_code, "look at it again" in wrong.stderr) == (REFUSED, True)
    assert server.records.jobs == {}
    assert ("POST", "/files") not in server.behave.asked


def test_what_was_agreed_to_is_trained_and_can_be_talked_to(
    studio: CliStudio, server: OpenAIServer, tmp_path: Path
) -> None:
    line = ("train", "questions", *PLACE, "--base-model", "base-large", "--epochs", "2")
    plan = studio.data(*line, "--plan")
    agreed = plan["disclosure"]["fingerprint"]
    made = studio.data(*line, "--no-evaluate", "--agree", agreed)
    job = made["job"]
    assert (job["status"], job["backend"], job["said"]) == ("succeeded", *PLACE[1:], "succeeded")
    assert job["spec"]["automatic"] == ["learning_rate", "batch_size"]
    assert job["spec"]["agreed"] == agreed
    (asked,) = [one.asked for one in server.records.jobs.values()]
    settings = asked["method"]["supervised"]["hyperparameters"]
    assert settings == {
        "n_epochs": 2,
        "batch_size": "auto",
        "learning_rate_multiplier": "auto",
    }
    listed = studio.run("jobs", "list").stdout
    assert "endpoint:acme" in listed
    assert "At the provider: succeeded" in studio.run("jobs", "show", job["id"]).stdout
    answer = studio.run("chat", made["model_version"], "--message", "Where is it?")
    assert (answer.exit_code, "says: WHERE IS IT?" in answer.stdout) == (OK, True), answer.stderr


def test_the_dial_sets_the_passes_for_those_who_turn_it(studio: CliStudio) -> None:
    open_ = studio.data("train", "questions", *PLACE, "--plan")
    turned = studio.data("train", "questions", *PLACE, "--effort", "thorough", "--plan")
    assert open_["total_steps"] is None
    assert turned["billed_tokens"] > open_["billed_tokens"]


def test_a_run_is_paused_resumed_and_cancelled(studio: CliStudio, server: OpenAIServer) -> None:
    server.behave.held = True
    agreed = ("--agree", fingerprint(studio), "--detach")
    job = studio.data("train", "questions", *PLACE, *agreed)
    until_said(studio, job["id"], "running")
    assert studio.data("jobs", "pause", job["id"])["status"] == "pausing"
    followed = studio.run("jobs", "follow", job["id"])
    assert followed.exit_code == CANCELLED
    assert f"studio jobs resume {job['id']}" in followed.stderr
    assert studio.data("jobs", "resume", job["id"], "--detach")["id"] == job["id"]
    until_said(studio, job["id"], "running")
    server.behave.held = False
    assert studio.data("jobs", "follow", job["id"])["status"] == "succeeded"


def until_said(studio: CliStudio, job_id: str, word: str) -> None:
    """Lets the monitor look until the provider's word has arrived."""
    for _ in range(600):
        studio.services.monitor.poll_once()
        job = studio.services.training.get(job_id)
        if (job.status, job.said) == ("running", word):
            return
        assert job.status not in ("failed", "succeeded"), job.message
        threading.Event().wait(0.02)
    raise AssertionError(f"{job} never said {word}")


def test_a_place_that_is_not_there_is_named_with_those_that_are(studio: CliStudio) -> None:
    refused = studio.run("train", "questions", "--backend", "endpoint:nobody", "--plan")
    assert refused.exit_code == ERROR
    assert "local, endpoint:acme" in refused.stderr


def test_an_endpoint_is_changed_in_part(studio: CliStudio) -> None:
    before = studio.data("endpoints", "list")[0]
    changed = studio.data("endpoints", "change", "acme", "--dialect", "nebius")
    assert (changed["dialect"], changed["trains"]) == ("nebius", before["trains"])
    assert "base-mini, base-large" in studio.run("endpoints", "list").stdout
    assert studio.data("endpoints", "change", "acme", "--dialect", "openai")["models"] == [
        "base-mini"
    ]
