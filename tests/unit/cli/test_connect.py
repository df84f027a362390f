"""Connect: with a studio, without one, and with somebody in the way; Ctrl+C on the way."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from studio.cli.exits import CANCELLED, ERROR, OK
from studio.domain.jobs import JobStatus
from studio.store.lock import DataFolderLock, holder
from tests.architecture.places import ROOT, clean_environment
from tests.fakes.cli_studio import cli_studio
from tests.fakes.measuring import wait_until
from tests.unit.cli.test_data import MAPPED, ROWS

PATIENCE = 60


def studio_process(folder: Path, *words: str) -> subprocess.Popen[str]:
    """Starts the real command in a process of its own."""
    return subprocess.Popen(
        (sys.executable, "-m", "studio", "--data-dir", str(folder), *words),
        cwd=ROOT,
        env=clean_environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Returns exit code, stdout and stderr."""
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def given(folder: Path, *words: str) -> Any:
    """Returns what a command gave as JSON."""
    code, out, err = ended(studio_process(folder, *words, "--json"))
    assert code == OK, err
    return json.loads(out)


@pytest.fixture
def table(tmp_path: Path) -> str:
    file = tmp_path / "questions.csv"
    file.write_text(ROWS, encoding="utf-8")
    return str(file)


def test_without_a_studio_each_command_does_the_work_and_lets_go(
    tmp_path: Path, table: str
) -> None:
    folder = tmp_path / "data"
    version = given(folder, "data", "import", table, *MAPPED)
    assert holder(folder) is None
    (listed,) = given(folder, "data", "list")
    assert listed["versions"][0]["id"] == version["id"]


def test_a_folder_in_use_by_another_command_is_said_in_one_sentence(tmp_path: Path) -> None:
    with DataFolderLock(tmp_path).acquire():
        code, out, err = ended(studio_process(tmp_path, "data", "list"))
    assert (code, out) == (ERROR, "")
    assert len(err.strip().splitlines()) == 2
    assert "is at work" in err


def test_a_studio_that_hangs_or_died_is_said_so(tmp_path: Path) -> None:
    with DataFolderLock(tmp_path).acquire(port=9, token="x" * 20):
        code, out, err = ended(studio_process(tmp_path, "data", "list"))
    assert (code, out) == (ERROR, "")
    assert "does not answer" in err


def test_ctrl_c_stops_the_training_with_a_checkpoint(tmp_path: Path, table: str) -> None:
    with cli_studio(tmp_path / "data") as studio:
        studio.training.held = True
        process = studio_process(studio.folder, "train", table, *MAPPED)
        assert process.stderr is not None
        # Ctrl+C means this only once the command follows the job.
        assert any(line.startswith("Training") for line in process.stderr)
        (job,) = studio.services.training.all()
        wait_until(lambda: studio.services.training.get(job.id).status is JobStatus.RUNNING)
        process.send_signal(signal.SIGINT)
        code, out, err = ended(process)
        assert (code, out) == (CANCELLED, "")
        assert f"studio jobs resume {job.id}" in err
        assert "Traceback" not in err
        assert studio.services.training.get(job.id).status is JobStatus.CANCELLED


def test_with_a_studio_every_command_speaks_to_it(tmp_path: Path, table: str) -> None:
    folder = tmp_path / "data"
    studio = studio_process(folder, "serve", "--no-open", "--port", "0")
    try:
        assert studio.stderr is not None
        assert any("is ready" in line for line in studio.stderr)
        version = given(folder, "data", "import", table, *MAPPED)
        code, out, err = ended(studio_process(folder, "serve", "--no-open"))
        assert (code, out) == (ERROR, "")
        assert len(err.strip().splitlines()) == 2
        studio.send_signal(signal.SIGINT)
        assert ended(studio)[0] in (OK, CANCELLED)
    finally:
        studio.kill()
    (listed,) = given(folder, "data", "list")
    assert listed["versions"][0]["id"] == version["id"]
