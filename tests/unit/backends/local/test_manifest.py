"""The manifest proves a folder whole, or says which file is not."""

import errno
import os
from pathlib import Path

import pytest

from backends.local import manifest
from studio.domain.errors import ModelRefused, StorageFailed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "adapter"
    (made / "sub").mkdir(parents=True)
    (made / "adapter.safetensors").write_bytes(b"weights")
    (made / "sub" / "recipe.json").write_text("{}")
    return made


def test_a_published_folder_is_proven(folder: Path) -> None:
    digest = manifest.publish(folder)
    assert digest == manifest.manifest_sha256(folder)
    manifest.verify(folder)
    manifest.verify(folder, digest)


def test_publishing_again_gives_the_same_hash(folder: Path) -> None:
    assert manifest.publish(folder) == manifest.publish(folder)


def test_an_altered_file_is_named(folder: Path) -> None:
    manifest.publish(folder)
    (folder / "adapter.safetensors").write_bytes(b"Weights")
    with pytest.raises(ModelRefused, match="adapter.safetensors was altered"):
        manifest.verify(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    manifest.publish(folder)
    (folder / "sub" / "recipe.json").unlink()
    with pytest.raises(ModelRefused, match=r"sub/recipe.json is missing"):
        manifest.verify(folder)


def test_an_added_file_is_named(folder: Path) -> None:
    manifest.publish(folder)
    (folder / "modeling.py").write_text("import os")
    with pytest.raises(ModelRefused, match="modeling.py was added"):
        manifest.verify(folder)


def test_a_folder_whose_manifest_was_rewritten_is_refused(folder: Path) -> None:
    registered = manifest.publish(folder)
    (folder / "adapter.safetensors").write_bytes(b"others!")
    manifest.publish(folder)
    with pytest.raises(ModelRefused, match="replaced since it was registered"):
        manifest.verify(folder, registered)


@pytest.mark.parametrize("content", ["", "[]", '{"files": 3}', '{"files": {"a": 1}}'])
def test_a_torn_manifest_is_refused(folder: Path, content: str) -> None:
    (folder / manifest.NAME).write_text(content)
    with pytest.raises(ModelRefused, match="cannot be read"):
        manifest.verify(folder)


def test_a_folder_without_a_manifest_was_never_finished(folder: Path) -> None:
    with pytest.raises(ModelRefused, match="never finished"):
        manifest.verify(folder)


def test_a_full_disk_is_said_and_leaves_no_manifest(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest.publish(folder)

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFailed, match="No space left"):
        manifest.publish(folder)
    with pytest.raises(ModelRefused):
        manifest.verify(folder)


def test_a_folder_is_never_moved_over_another(folder: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "file").write_text("mine")
    with pytest.raises(StorageFailed):
        manifest.move_into_place(folder, taken)
    manifest.move_into_place(folder, tmp_path / "free")
    assert not folder.exists()
