"""studio flywheel: what a deployment waits for, and the word people have in a cycle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.services.sample import STARTER
from tests.fakes.cli_studio import CliStudio, cli_studio


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[CliStudio]:
    with cli_studio(tmp_path) as running:
        project = running.services.projects.default()
        assert running.run("models", "pull", STARTER).exit_code == 0
        running.services.deployments.create(
            project_id=project.id, name="router", model_id=STARTER, actor="ann"
        )
        yield running


def test_what_it_waits_for(studio: CliStudio) -> None:
    told = studio.data("flywheel", "status", "router")
    conditions = {one["name"]: one for one in told["readiness"]["conditions"]}
    assert told["readiness"]["fires"] is None
    assert (conditions["corrections"]["have"], conditions["corrections"]["need"]) == (0, 100)
    assert told["running"] == []
    said = studio.run("flywheel", "status", "router")
    assert "0 of 100 approved corrections" in said.stdout


def test_a_cycle_is_started_shown_and_cancelled(studio: CliStudio) -> None:
    cycle = studio.data("flywheel", "start", "router", "--as", "ann")
    assert (cycle["trigger"], cycle["actor"]) == ("manual", "ann")
    assert [one["id"] for one in studio.data("flywheel", "cycles", "router")] == [cycle["id"]]
    shown = studio.data("flywheel", "show", cycle["id"])
    assert shown["events"][0]["message"] == "Started by ann."
    assert shown["gate"] is None
    assert studio.run("flywheel", "approve", cycle["id"]).exit_code != 0
    ended = studio.run("flywheel", "cancel", cycle["id"], "--note", "Wrong data.")
    state = studio.data("flywheel", "show", cycle["id"])["cycle"]["state"]
    # Without a correction the machine may have refused it before.
    assert (ended.exit_code == 0) == (state == "cancelled")
    assert state in ("cancelled", "rejected")


def test_without_corrections_a_cycle_is_refused_with_the_reason(studio: CliStudio) -> None:
    cycle = studio.data("flywheel", "start", "router")
    for _ in range(5):
        studio.data("flywheel", "tick")
    shown = studio.run("flywheel", "show", cycle["id"])
    assert "rejected" in shown.stdout
    assert "No approved correction may be learnt yet." in shown.stdout
    assert studio.data("flywheel", "tick") == []


def test_nobody_is_asked_about_what_has_ended(studio: CliStudio) -> None:
    cycle = studio.data("flywheel", "start", "router")
    for _ in range(5):
        studio.data("flywheel", "tick")
    for word in ("approve", "decline", "cancel"):
        assert studio.run("flywheel", word, cycle["id"]).exit_code == 5
