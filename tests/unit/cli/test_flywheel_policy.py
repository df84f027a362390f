"""studio flywheel policy and studio feedback export: shown, changed, loaded, armed, written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.cli_studio import CliStudio, cli_studio

STARTER = "smollm2-135m-instruct"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStudio]:
    with cli_studio(tmp_path_factory.mktemp("policies")) as opened:
        opened.data("models", "pull", STARTER)
        opened.services.deployments.create(
            project_id=opened.services.projects.default().id,
            name="router",
            model_id=STARTER,
            actor="Ada",
        )
        yield opened


def test_a_policy_is_shown_changed_and_loaded_again(studio: CliStudio, tmp_path: Path) -> None:
    shown = studio.run("flywheel", "policy", "show", "router")
    assert "min_new_corrections: 100" in shown.stdout
    assert "`auto` is locked: A person must have approved one cycle" in shown.stderr
    assert "With 0 reference questions not even a model that answers the very same" in shown.stderr
    changed = studio.data("flywheel", "policy", "set", "router", "min_raters=1", "mode=notify")
    assert (changed["version"], changed["min_raters"], changed["mode"]) == (1, 1, "notify")
    (tmp_path / "policy.yaml").write_text(shown.stdout, encoding="utf-8")
    back = studio.data(
        "flywheel", "policy", "load", "router", str(tmp_path / "policy.yaml"), "--as", "Ada"
    )
    assert (back["min_raters"], back["mode"], back["changed_by"]) == (2, "train_then_ask", "Ada")
    told = studio.data("flywheel", "policy", "show", "router")
    assert (told["version"], len(told["gate_proves"])) == (2, 5)


def test_faults_are_named(studio: CliStudio, tmp_path: Path) -> None:
    refused = studio.run("flywheel", "policy", "set", "router", "min_raters=0")
    assert refused.exit_code != 0 and "Line 1: min_raters" in refused.stderr
    refused = studio.run("flywheel", "policy", "set", "router", "min_raters")
    assert refused.exit_code != 0 and "is not NAME=VALUE" in refused.stderr
    refused = studio.run("flywheel", "policy", "set", "router", "mode=auto")
    assert refused.exit_code != 0 and "is not unlocked" in refused.stderr
    (tmp_path / "bad.yaml").write_bytes(b"\xff\xfe\x00")
    refused = studio.run("flywheel", "policy", "load", "router", str(tmp_path / "bad.yaml"))
    assert refused.exit_code != 0 and "cannot be read" in refused.stderr


def test_a_paused_deployment_is_armed(studio: CliStudio) -> None:
    deployment = studio.services.deployments.named("router")
    studio.services.policies.pause(deployment.id, "Two cycles failed.")
    assert "Paused: Two cycles failed." in studio.run("flywheel", "policy", "show", "router").stderr
    assert studio.data("flywheel", "policy", "arm", "router")["paused_because"] == ""


def test_feedback_is_written_to_a_file(studio: CliStudio, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    done = studio.data("feedback", "export", "router", str(path), "--as", "kto")
    assert (done["shape"], done["rows"], done["liked"]) == ("kto", 0, 0)
    assert path.read_text() == ""
    again = studio.run("feedback", "export", "router", str(path))
    assert again.exit_code != 0 and "--force" in again.stderr
    forced = studio.run("feedback", "export", "router", str(path), "--force")
    assert forced.stdout == f"0 rows in {path}\n"
