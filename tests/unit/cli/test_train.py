"""studio train, jobs, evaluate, chat and demo, spoken to a running studio."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.cli.exits import CANCELLED, ERROR, FAILED, OK, REFUSED
from studio.services.sample import STARTER
from tests.fakes.cli_studio import CliStudio, cli_studio
from tests.unit.cli.test_data import MAPPED, REPEATED, ROWS


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[CliStudio]:
    with cli_studio(tmp_path / "data") as studio:
        yield studio


@pytest.fixture
def table(tmp_path: Path) -> str:
    file = tmp_path / "questions.csv"
    file.write_text(ROWS, encoding="utf-8")
    return str(file)


def test_a_table_is_imported_tuned_and_measured(studio: CliStudio, table: str) -> None:
    made = studio.data("train", table, *MAPPED)
    assert made["job"]["status"] == "succeeded"
    (measured,) = made["measured"]
    assert measured["baseline"]["model_id"] == STARTER
    assert measured["candidate"]["model_id"] == made["model_version"]
    assert measured["baseline"]["primary"]["value"] == 0
    assert measured["candidate"]["primary"]["value"] == 1
    assert studio.run("models", "remove", STARTER).exit_code == ERROR
    assert studio.data("models", "remove", made["model_version"]) == {
        "removed": made["model_version"]
    }
    assert studio.services.models.versions() == []
    assert studio.data("jobs", "list")[0]["status"] == "succeeded"
    assert studio.data("models", "remove", STARTER) == {"removed": STARTER}


def test_people_see_the_plan_and_the_comparison(studio: CliStudio, table: str) -> None:
    done = studio.run("train", table, *MAPPED)
    assert done.exit_code == OK
    for told in ("CPU, 2 cores", "1.2 GB needed", "unknown free", "The machine is busy."):
        assert told in done.stderr
    assert "100.0%" in done.stdout
    assert "studio chat model_" in done.stderr


def test_a_plan_starts_nothing(studio: CliStudio, table: str) -> None:
    plan = studio.data("train", table, *MAPPED, "--plan")
    assert plan["total_steps"] == 4
    assert studio.data("jobs", "list") == []
    assert "Device:" in studio.run("train", table, *MAPPED, "--plan").stdout


def test_refused_rows_stop_everything(studio: CliStudio, tmp_path: Path) -> None:
    file = tmp_path / "repeated.csv"
    file.write_text(REPEATED, encoding="utf-8")
    refused = studio.run("train", str(file), *MAPPED)
    assert refused.exit_code == REFUSED
    assert studio.data("jobs", "list") == []
    assert studio.run("train", str(file), *MAPPED, "--accept-refused").exit_code == OK


def test_blockers_stop_everything_and_name_the_lines(studio: CliStudio, table: str) -> None:
    version = studio.data("data", "import", table, *MAPPED)
    train = studio.data("data", "show", "questions", "--split", "train", "--limit", "1")
    (long,) = train["examples"]
    studio.training.too_long = (long["id"],)
    blocked = studio.run("train", "questions")
    assert blocked.exit_code == REFUSED
    assert f"Line {long['line']} of {version['source_filename']}" in blocked.stderr
    agreed = studio.data("train", "questions", "--leave-out", "--no-evaluate")
    assert agreed["job"]["spec"]["leave_out"] == [long["id"]]


def test_hyperparameters_come_from_the_dial_and_the_user(studio: CliStudio, table: str) -> None:
    line = ("train", table, *MAPPED, "--method", "qlora", "--effort", "quick", "--epochs", "1.5")
    made = studio.data(*line, "--set", "lora_dropout=0.05", "--no-evaluate", "--name", "Mine")
    spec = made["job"]["spec"]
    assert (spec["name"], spec["method"], spec["effort"]) == ("Mine", "qlora", "quick")
    assert spec["hyperparameters"]["epochs"] == 1.5
    assert spec["hyperparameters"]["lora_dropout"] == 0.05
    assert made["measured"] == []


@pytest.mark.parametrize("pair", ["nonsense=1", "epochs", "epochs=-1", "epochs=many"])
def test_a_wrong_hyperparameter_is_refused_in_words(
    studio: CliStudio, table: str, pair: str
) -> None:
    refused = studio.run("train", table, *MAPPED, "--set", pair)
    assert (refused.exit_code, "Traceback" in refused.stderr) == (ERROR, False)


def test_a_test_file_is_measured_whole(studio: CliStudio, table: str, tmp_path: Path) -> None:
    test = tmp_path / "test.csv"
    test.write_text(ROWS + "A question of its own?,yes\n", encoding="utf-8")
    done = studio.run("train", table, *MAPPED, "--no-evaluate", "--test-file", str(test), "--json")
    (measured,) = json.loads(done.stdout)["measured"]
    assert measured["n"] == 41
    assert "questions of test.csv are in the training data" in done.stderr


def test_a_failed_job_has_its_own_exit_code(studio: CliStudio, table: str) -> None:
    studio.training.fails = "The machine ran out of memory. Choose QLoRA."
    failed = studio.run("train", table, *MAPPED)
    assert (failed.exit_code, "Choose QLoRA" in failed.stderr) == (FAILED, True)


def test_a_detached_job_is_followed_later(studio: CliStudio, table: str) -> None:
    job = studio.data("train", table, *MAPPED, "--detach")
    assert studio.training.began.is_set()
    followed = studio.data("jobs", "follow", job["id"])
    assert followed["status"] == "succeeded"
    assert job["id"] in studio.run("jobs", "list").stdout
    assert "worker says hello" in studio.run("jobs", "show", job["id"], "--log").stdout


def test_a_cancelled_job_ends_so_and_can_be_resumed(studio: CliStudio, table: str) -> None:
    studio.training.held = True
    job = studio.data("train", table, *MAPPED, "--detach")
    assert studio.data("jobs", "cancel", job["id"])["status"] in ("cancelling", "cancelled")
    assert studio.run("jobs", "follow", job["id"]).exit_code == CANCELLED
    studio.training.held = False
    resumed = studio.data("jobs", "resume", job["id"])
    assert (resumed["resumed_from"], resumed["status"]) == (job["id"], "succeeded")


def test_an_unknown_model_says_how_to_fetch_it(studio: CliStudio, table: str) -> None:
    missing = studio.run("train", table, *MAPPED, "--model", "Maker/Thing")
    assert missing.exit_code == ERROR
    assert "studio models pull Maker/Thing" in missing.stderr


def test_models_are_measured_alone_and_against_each_other(studio: CliStudio, table: str) -> None:
    studio.data("train", table, *MAPPED, "--no-evaluate", "--name", "Mine")
    alone = studio.data("evaluate", "Mine", "questions", "--split", "validation")
    assert (alone["split"], alone["primary"]["value"]) == ("validation", 1)
    compared = studio.data("evaluate", "Mine", "questions", "--against", STARTER)
    assert compared["difference"] == 1
    assert "accuracy" in studio.run("evaluate", "Mine", "questions").stdout
    assert studio.run("evaluate", "Nobody", "questions").exit_code == ERROR


def test_one_question_is_answered_and_kept(studio: CliStudio, table: str) -> None:
    studio.data("models", "pull", STARTER)
    answered = studio.data("chat", STARTER, "--message", "Hello there")
    assert answered["output"] == "Hello there"
    assert studio.run("chat", STARTER, "-m", "Hello there").stdout == "Hello there\n"


def test_a_conversation_takes_feedback(studio: CliStudio) -> None:
    studio.data("models", "pull", STARTER)
    lines = "/good\nOne two\n/good\n/fix Three\n/fix\n/what\n/new\n/quit\nnever asked\n"
    talked = studio.run("chat", given=lines)
    assert talked.exit_code == OK
    assert talked.stdout == "One two\n"
    assert "There is no answer yet." in talked.stderr
    project = studio.services.projects.default().id
    (answer,) = studio.services.playground.recent(project)
    said = studio.services.playground.feedback_for(answer.id)
    assert [(one.thumb_up, one.correction) for one in said] == [(True, None), (None, "Three")]


def test_a_conversation_goes_on_after_an_error(studio: CliStudio) -> None:
    studio.data("models", "pull", STARTER)
    studio.generator.break_after(0)
    broken = studio.run("chat", given="Hello\n/quit\n")
    assert (broken.exit_code, "ended unexpectedly" in broken.stderr) == (OK, True)


def test_the_demo_goes_the_whole_way_and_finds_it_again(studio: CliStudio) -> None:
    first = studio.run("demo", "--no-serve", "--json")
    assert first.exit_code == OK, first.stderr
    line = json.loads(first.stdout.splitlines()[-1])
    for model in ("base", "tuned"):
        assert set(line[model]) == {"score", "low", "high", "n", "metric"}
    assert {"p_value", "seconds", "job_id", "model_version"} <= set(line)
    again = json.loads(studio.run("demo", "--no-serve", "--json").stdout.splitlines()[-1])
    assert (again["job_id"], again["model_version"]) == (line["job_id"], line["model_version"])
    assert (again["base"], again["tuned"]) == (line["base"], line["tuned"])
    assert len(studio.training.submitted) == 1


def test_a_tuned_model_gets_the_instructions_it_was_tuned_with(
    studio: CliStudio, table: str
) -> None:
    line = ("train", table, *MAPPED, "--system-prompt", "Say yes.", "--no-evaluate")
    model = studio.data(*line)["model_version"]
    asked = studio.data("chat", model, "-m", "Well?")["messages"]
    assert asked[0] == {"role": "system", "content": "Say yes."}
    other = studio.data("chat", model, "-m", "Well?", "--system", "Say no.")["messages"]
    assert other[0]["content"] == "Say no."
    assert len(studio.data("chat", model, "-m", "Well?", "--system", "")["messages"]) == 1


def test_the_demo_leaves_an_open_studio_open(studio: CliStudio) -> None:
    shown = studio.run("demo")
    assert shown.exit_code == OK
    assert "shows it already" in shown.stderr
    assert "accuracy" in shown.stdout
