"""studio flywheel: what a deployment waits for, and the word people have in a cycle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.services.sample import STARTER
from tests.fakes.cli_studio import CliStudio, cli_studio


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStudio]:
    with cli_studio(tmp_path_factory.mktemp("studio")) as studio:
        studio.services.models.pull(STARTER)
        yield studio


@pytest.fixture
def studio(running: CliStudio, request: pytest.FixtureRequest) -> CliStudio:
    """A studio whose newest deployment is called as the test."""
    running.services.deployments.create(
        project_id=running.services.projects.default().id,
        name=named(request),
        model_id=STARTER,
        actor="ann",
    )
    return running


@pytest.fixture
def router(request: pytest.FixtureRequest) -> str:
    return named(request)


def named(request: pytest.FixtureRequest) -> str:
    return str(request.node.name).removeprefix("test_").replace("_", "-")


def test_what_it_waits_for(studio: CliStudio, router: str) -> None:
    told = studio.data("flywheel", "status", router)
    conditions = {one["name"]: one for one in told["readiness"]["conditions"]}
    assert told["readiness"]["fires"] is None
    assert (conditions["corrections"]["have"], conditions["corrections"]["need"]) == (0, 100)
    assert told["running"] == []
    said = studio.run("flywheel", "status", router)
    assert "0 of 100 approved corrections" in said.stdout


def test_nothing_begins_without_original_data(studio: CliStudio, router: str) -> None:
    refused = studio.run("flywheel", "start", router, "--as", "ann")
    assert refused.exit_code == 1
    assert "has no original data" in refused.stderr
    assert studio.data("flywheel", "cycles", router) == []


def test_a_cycle_without_corrections_is_refused(
    studio: CliStudio, router: str, tmp_path: Path
) -> None:
    rows = [f"Where is parcel {number}?,Shipping" for number in range(40)]
    (tmp_path / "mail.csv").write_text("\n".join(["question,answer", *rows]), encoding="utf-8")
    studio.data("data", "import", str(tmp_path / "mail.csv"), "--name", "Mail")
    services = studio.services
    (data,) = services.datasets.all(services.projects.default().id)
    (version,) = services.datasets.versions(data.id)
    policy = services.policies.get(services.deployments.named(router).id)
    services.policies.save(policy.with_(dataset_version_id=version.id), actor="ann")
    cycle = studio.data("flywheel", "start", router, "--as", "ann")
    assert (cycle["trigger"], cycle["actor"]) == ("manual", "ann")
    assert [one["id"] for one in studio.data("flywheel", "cycles", router)] == [cycle["id"]]
    for _ in range(4):
        running = studio.data("flywheel", "tick")
    assert running == []
    shown = studio.run("flywheel", "show", cycle["id"])
    assert "rejected" in shown.stdout
    assert "No approved correction may be learnt yet." in shown.stdout
    told = studio.data("flywheel", "show", cycle["id"])
    assert told["events"][0]["message"] == "Started by ann."
    assert (told["gate"], told["rollout"], told["checks"]) == (None, None, [])
    for word in ("approve", "decline", "cancel"):
        assert studio.run("flywheel", word, cycle["id"]).exit_code == 1


def test_a_revision_is_rolled_out_and_taken_back(studio: CliStudio, router: str) -> None:
    deployments = studio.services.deployments
    deployment = deployments.named(router)
    deployments.add_revision(deployment.id, model_id=STARTER, name="Mine")
    cycle = studio.data("flywheel", "roll-out", router, "2", "--note", "Tried at home.")
    assert cycle["state"] == "shadow"
    ended = studio.data("flywheel", "cancel", cycle["id"], "--as", "ann")
    assert (ended["state"], ended["message"]) == ("cancelled", "Cancelled by ann.")
    assert studio.run("flywheel", "roll-out", router, "9").exit_code != 0
