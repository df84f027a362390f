"""studio endpoints: a server is connected, looked at, measured on the ladder and forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from studio.cli.exits import FAILED
from tests.fakes.cli_studio import CliStudio, cli_studio
from tests.fakes.wire_server import WireServer, wire_server

NAME = "Quernbeck mail room"


@pytest.fixture(scope="module")
def server() -> Iterator[WireServer]:
    with wire_server() as running:
        yield running


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStudio]:
    with cli_studio(tmp_path_factory.mktemp("endpoints")) as opened:
        opened.services.sample.prepare()
        yield opened


def test_a_model_behind_a_server_climbs_the_prompt_rung(
    studio: CliStudio, server: WireServer
) -> None:
    added = studio.run(
        *("endpoints", "add", "office", server.url, "--model", "loud", "--secret", "OFFICE_KEY")
    )
    assert added.exit_code == 0, added.stderr
    assert added.stdout.strip() == "endpoint:office/loud"
    assert studio.data("endpoints", "check", "office")["models"] == ["loud", "quiet"]
    done = studio.run(
        *("ladder", "run", "--project", NAME, "--rungs", "prompt", "--limit", "20"),
        *("--model", "endpoint:office/loud", "--json"),
    )
    assert done.exit_code == 0, done.stderr
    runs = json.loads(done.stdout)["rungs"]
    assert {run["model_id"] for run in runs} == {"endpoint:office/loud"}
    assert all(run["status"] == "succeeded" and run["prompt_tokens"] == 7 for run in runs)
    assert server.keys[-1] == "Bearer key-0123456789abcdef"


def test_tokens_that_a_server_does_not_tell_stay_unknown_on_the_rung(
    studio: CliStudio, server: WireServer
) -> None:
    studio.data("endpoints", "add", "silent", server.url, "--model", "quiet")
    server.tells_usage = False
    try:
        done = studio.run(
            *("ladder", "run", "--project", NAME, "--rungs", "prompt", "--limit", "20"),
            *("--model", "endpoint:silent/quiet", "--json"),
        )
    finally:
        server.tells_usage = True
    assert done.exit_code == 0, done.stderr
    runs = json.loads(done.stdout)["rungs"]
    mine = [run for run in runs if run["model_id"] == "endpoint:silent/quiet"]
    assert mine
    assert all(run["status"] == "succeeded" for run in mine)
    assert all(run["prompt_tokens"] is None and run["output_tokens"] is None for run in mine)


def test_endpoints_are_listed_without_a_key_and_forgotten(studio: CliStudio) -> None:
    studio.data("endpoints", "add", "far", "https://example.org/v1")
    listed = {one["name"]: one for one in studio.data("endpoints", "list")}
    assert listed["far"]["leaves_machine"] is True
    assert "0123456789abcdef" not in studio.run("endpoints", "list").stdout
    assert studio.run("endpoints", "remove", "far").exit_code == 0
    assert studio.run("endpoints", "remove", "far").exit_code != 0


def test_a_server_that_is_not_there_fails_the_check(studio: CliStudio) -> None:
    studio.data("endpoints", "add", "nobody", "http://127.0.0.1:9/v1")
    done = studio.run("endpoints", "check", "nobody")
    assert done.exit_code == FAILED
    assert "cannot be reached" in done.stdout
