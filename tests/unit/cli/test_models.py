"""studio models: a download that is stopped with Ctrl+C ends at once and leaves nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.cli.exits import CANCELLED, OK
from tests.architecture.places import ROOT, clean_environment
from tests.fakes.hub import FakeHub, running
from tests.fakes.model_files import write_model

TINY = "acme/Tiny-Chat"
PATIENCE = 60
CANARY = "hf_canarycanarycanarycanarycanary"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FakeHub]:
    with running(FakeHub(TINY, write_model(tmp_path / "repository"))) as served:
        yield served


def studio(hub: FakeHub, folder: Path, *words: str, **env: str) -> subprocess.Popen[str]:
    """Starts the real command, with the model hub of the test."""
    return subprocess.Popen(
        (sys.executable, "-m", "studio", "--data-dir", str(folder), *words),
        cwd=ROOT,
        env=clean_environment() | {"HF_ENDPOINT": hub.endpoint, **env},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_the_hubs_token_is_kept_nowhere(hub: FakeHub, tmp_path: Path) -> None:
    hub.refuses["acme/Gated"] = (403, "GatedRepo")
    said = ""
    for name in (TINY, "acme/Gated"):
        with studio(hub, tmp_path / "data", "models", "pull", name, HF_TOKEN=CANARY) as command:
            said += "".join(command.communicate(timeout=PATIENCE))
    assert "gated" in said
    assert {f"Bearer {CANARY}"} == hub.shown, "the hub alone was told it"
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert len(files) > 3
    assert CANARY not in said
    assert [path for path in files if CANARY.encode() in path.read_bytes()] == []


def test_ctrl_c_ends_a_download_and_keeps_nothing_of_it(hub: FakeHub, tmp_path: Path) -> None:
    hub.stalls = "model.safetensors"
    with studio(hub, tmp_path / "data", "models", "pull", TINY) as command:
        assert hub.stalled.wait(PATIENCE)
        command.send_signal(signal.SIGINT)
        out, told = command.communicate(timeout=PATIENCE)
    assert command.returncode == CANCELLED
    assert out == ""
    assert "was not fetched; nothing of it is kept." in told
    assert "Traceback" not in told
    assert {path.name for path in (tmp_path / "data" / "models").iterdir()} == {".lock"}
    hub.stalls = ""
    with studio(hub, tmp_path / "data", "models", "pull", TINY) as again:
        out, told = again.communicate(timeout=PATIENCE)
    assert (again.returncode, out.strip()) == (OK, "tiny-chat"), told
