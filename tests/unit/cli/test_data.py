"""studio data and studio models, spoken to a running studio."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.cli.exits import ERROR, OK, REFUSED, USAGE
from studio.services.sample import STARTER
from tests.fakes.cli_studio import CliStudio, cli_studio

ROWS = "text,label\n" + "".join(f"Question number {n}?,yes\n" for n in range(40))
REPEATED = ROWS + "Question number 3?,yes\n,yes\n"


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[CliStudio]:
    with cli_studio(tmp_path / "data") as studio:
        yield studio


@pytest.fixture
def table(tmp_path: Path) -> str:
    file = tmp_path / "questions.csv"
    file.write_text(ROWS, encoding="utf-8")
    return str(file)


@pytest.fixture
def repeated(tmp_path: Path) -> str:
    file = tmp_path / "repeated.csv"
    file.write_text(REPEATED, encoding="utf-8")
    return str(file)


MAPPED = ("--prompt-column", "text", "--answer-column", "label")


def test_a_file_becomes_a_dataset_version(studio: CliStudio, table: str) -> None:
    version = studio.data("data", "import", table, *MAPPED)
    assert (version["number"], version["n_examples"]) == (1, 40)
    (listed,) = studio.data("data", "list")
    assert listed["dataset"]["name"] == "questions"
    assert listed["versions"][0]["id"] == version["id"]


def test_refused_rows_are_listed_and_nothing_is_kept(studio: CliStudio, repeated: str) -> None:
    refused = studio.run("data", "import", repeated, *MAPPED)
    assert refused.exit_code == REFUSED
    assert refused.stdout == ""
    assert "42" in refused.stderr
    assert "Same as line" in refused.stderr
    assert "--accept-refused" in refused.stderr
    assert studio.data("data", "list") == []


def test_refused_rows_stay_on_record_once_accepted(studio: CliStudio, repeated: str) -> None:
    studio.data("data", "import", repeated, *MAPPED, "--accept-refused", "--name", "Mine")
    shown = studio.data("data", "show", "Mine", "--limit", "3")
    assert len(shown["refused"]) == 2
    assert len(shown["examples"]) == 3
    assert shown["balance"]["closed"] is True


def test_the_same_file_is_imported_once(studio: CliStudio, table: str) -> None:
    first = studio.data("data", "import", table, *MAPPED)
    assert studio.data("data", "import", table, *MAPPED) == first
    other = studio.data("data", "import", table, *MAPPED, "--system-prompt", "Say yes.")
    assert (other["dataset_id"], other["number"]) == (first["dataset_id"], 2)


def test_a_preview_keeps_nothing(studio: CliStudio, table: str) -> None:
    seen = studio.data("data", "import", table, "--preview")
    assert seen["n_rows"] == 40
    assert studio.data("data", "list") == []
    for_people = studio.run("data", "import", table, *MAPPED, "--preview")
    assert "40 examples" in for_people.stdout


def test_versions_are_found_by_name_number_and_id(studio: CliStudio, table: str) -> None:
    first = studio.data("data", "import", table, *MAPPED)
    second = studio.data("data", "import", table, *MAPPED, "--system-prompt", "Say yes.")
    for wanted, version in (
        ("questions", second),
        ("questions@1", first),
        (first["id"], first),
        (first["dataset_id"], second),
    ):
        assert studio.data("data", "show", wanted)["version"]["id"] == version["id"]
    missing = studio.run("data", "show", "questions@7")
    assert (missing.exit_code, "1, 2" in missing.stderr) == (ERROR, True)


def test_a_name_in_two_projects_needs_the_project(studio: CliStudio, table: str) -> None:
    studio.data("data", "import", table, *MAPPED, "--project", "One")
    studio.data("data", "import", table, *MAPPED, "--project", "Two")
    unclear = studio.run("data", "show", "questions")
    assert (unclear.exit_code, "--project" in unclear.stderr) == (ERROR, True)
    assert studio.run("data", "show", "questions", "--project", "Two").exit_code == OK


def test_an_unknown_dataset_says_what_to_do(studio: CliStudio) -> None:
    missing = studio.run("data", "show", "nothing")
    assert missing.exit_code == ERROR
    assert missing.stdout == ""
    assert "Error: There is no dataset 'nothing'." in missing.stderr
    assert "What to do: `studio data list`" in missing.stderr


def test_an_export_never_overwrites_unasked(studio: CliStudio, table: str, tmp_path: Path) -> None:
    studio.data("data", "import", table, *MAPPED)
    out = tmp_path / "out.jsonl"
    assert studio.run("data", "export", "questions", str(out)).exit_code == OK
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 40
    assert rows[0]["messages"][-1] == {"role": "assistant", "content": "yes"}
    assert studio.run("data", "export", "questions", str(out)).exit_code == USAGE
    assert studio.run("data", "export", "questions", str(out), "--force").exit_code == OK


def test_half_a_mapping_is_refused(studio: CliStudio, table: str) -> None:
    half = studio.run("data", "import", table, "--prompt-column", "text")
    assert (half.exit_code, "--answer-column" in half.stderr) == (ERROR, True)


def test_models_are_pulled_listed_and_removed(studio: CliStudio) -> None:
    assert studio.data("models", "list") == {"base": [], "tuned": []}
    pulled = studio.run("models", "pull", STARTER)
    assert pulled.stdout.strip() == STARTER
    assert "Fetching" in pulled.stderr
    assert [one["id"] for one in studio.data("models", "list")["base"]] == [STARTER]
    assert STARTER in studio.run("models", "list").stdout
    assert studio.data("models", "remove", STARTER) == {"removed": STARTER}
    unknown = studio.run("models", "pull", "nobody/nothing")
    assert (unknown.exit_code, "Check the name" in unknown.stderr) == (ERROR, True)


def test_a_folder_can_be_added(studio: CliStudio, tmp_path: Path) -> None:
    assert studio.data("models", "add", str(tmp_path), "--name", "mine")["id"] == "mine"
    assert studio.run("models", "add", str(tmp_path / "nowhere")).exit_code == USAGE
