"""studio estimate: numbers for machines on stdout, what they rest on on stderr."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.cli.exits import USAGE
from tests.fakes.cli_studio import CliStudio, cli_studio


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[CliStudio]:
    with cli_studio(tmp_path) as running:
        yield running


def test_tokens_come_with_what_they_rest_on(studio: CliStudio) -> None:
    found = studio.data("estimate", "tokens", "--text", "abc", "--model", "gpt-6-luna")
    assert found["tokens"] > 0
    assert "not known" in found["basis"]


def test_tokens_are_read_from_a_file(studio: CliStudio, tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text("one two three", encoding="utf-8")
    assert studio.data("estimate", "tokens", str(file), "--model", "gpt-4o")["tokens"] > 0


def test_file_and_text_at_once_are_refused(studio: CliStudio) -> None:
    assert studio.run("estimate", "tokens").exit_code == USAGE


def test_memory_is_told_term_by_term_with_a_verdict(studio: CliStudio) -> None:
    line = ("estimate", "memory", "Llama-3.1-8B", "--method", "qlora", "--gpu-gb", "24")
    found = studio.data(*line, "--seq", "2048")
    assert found["total"] == sum(term["bytes"] for term in found["terms"])
    assert found["verdict"] == "fits"
    said = studio.run(*line)
    assert "weights" in said.stdout
    assert "fits" in said.stderr


def test_levers_that_few_people_ask_for_are_taken_by_name(studio: CliStudio) -> None:
    line = ("estimate", "memory", "Llama-3.1-8B", "--method", "full")
    plain, spared = studio.data(*line), studio.data(*line, "--lever", "optimizer_in_backward=true")
    assert spared["total"] < plain["total"]
    refused = studio.run(*line, "--lever", "state_precision=fp8")
    assert refused.exit_code == 1
    assert "cannot be estimated" in refused.stderr


def test_an_unknown_model_is_told_what_to_say(studio: CliStudio) -> None:
    refused = studio.run("estimate", "memory", "Wonder")
    assert refused.exit_code == 1
    assert "how many weights" in refused.stderr
    guessed = studio.data("estimate", "memory", "Wonder", "--params-b", "9")
    assert "guessed" in guessed["note"]


def test_an_empty_record_says_so(studio: CliStudio) -> None:
    assert studio.data("estimate", "record") == []
    assert "Nothing to compare yet" in studio.run("estimate", "record").stderr
