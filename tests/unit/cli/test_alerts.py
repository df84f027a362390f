"""studio alerts: who hears is added, shown, tried and removed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.cli_studio import CliStudio, cli_studio
from tests.fakes.post_office import web_office


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStudio]:
    with cli_studio(tmp_path_factory.mktemp("alerts")) as opened:
        yield opened


def test_an_address_is_added_tried_and_removed(studio: CliStudio) -> None:
    with web_office() as office:
        shown = studio.run("alerts", "add", "webhook", office.url, "--show")
        assert f"POST {office.url}" in shown.stdout
        assert studio.data("alerts", "list") == []
        made = studio.data("alerts", "add", "webhook", office.url, "--event", "drift")
        assert made["events"] == ["drift"]
        assert office.url in studio.run("alerts", "list").stdout
        assert studio.data("alerts", "test", made["id"])["status"] == "sent"
        assert len(office.got) == 1
        office.answers = [404]
        refused = studio.run("alerts", "test", made["id"])
        assert refused.exit_code == 1 and "404" in refused.stderr
        states = [told["status"] for told in studio.data("alerts", "list", "--recent")]
        assert sorted(states) == ["failed", "sent"]
    assert studio.data("alerts", "remove", made["id"])["id"] == made["id"]
    assert studio.data("alerts", "list") == []


def test_nonsense_is_refused(studio: CliStudio) -> None:
    refused = studio.run("alerts", "add", "email", "nobody")
    assert refused.exit_code != 0 and "nobody" in refused.stderr
    refused = studio.run("alerts", "add", "email", "a@b.org", "--event", "nonsense")
    assert refused.exit_code != 0 and "rolled_back" in refused.stderr
