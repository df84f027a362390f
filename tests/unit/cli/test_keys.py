"""studio keys: a key is made, shown once, listed without itself, and revoked."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.fakes.cli_studio import CliStudio, cli_studio


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStudio]:
    with cli_studio(tmp_path_factory.mktemp("keys")) as opened:
        yield opened


def test_a_key_is_written_once_and_recognised(studio: CliStudio) -> None:
    made = studio.run("keys", "create", "laptop")
    assert made.exit_code == 0, made.stderr
    key = made.stdout.strip()
    assert len(key) == 43 and "only time" in made.stderr
    found = studio.services.keys.recognise(key)
    assert found is not None and found.name == "laptop"
    listed = studio.run("keys", "list")
    assert key not in listed.stdout and found.prefix in listed.stdout
    assert "need no key" in listed.stderr


def test_a_key_for_something_can_be_made_and_revoked(studio: CliStudio) -> None:
    made = studio.data(
        "keys", "create", "nightly", "--scope", "train", "--scope", "read", "--days", "9"
    )
    about = made["about"]
    assert about["scopes"] == ["read", "train"] and about["expires_at"]
    assert studio.data("keys", "revoke", about["id"])["revoked_at"]
    (listed,) = [one for one in studio.data("keys", "list") if one["id"] == about["id"]]
    assert listed["ended"] == "has been revoked"
    assert made["key"] not in json.dumps(studio.data("keys", "list"))
    refused = studio.run("keys", "create", "a", "--scope", "fun")
    assert refused.exit_code != 0 and "read, train" in refused.stderr
    refused = studio.run("keys", "revoke", "key_nowhere")
    assert refused.exit_code != 0 and "key_nowhere" in refused.stderr


def test_programs_on_this_machine_can_be_asked_too(studio: CliStudio) -> None:
    assert studio.data("keys", "require", "on") == {"key_here": True}
    assert studio.services.keys.asked_here()
    assert "no key" in studio.run("keys", "require", "off").stderr
