"""Folders count only when their manifest is there and every file matches it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.domain.errors import Conflict, ModelRefused
from studio.store.artifacts import MANIFEST, copy_in, publish, verify


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "adapter"
    (made / "inner").mkdir(parents=True)
    (made / "weights.safetensors").write_bytes(bytes(range(256)) * 40)
    (made / "inner" / "config.json").write_text("{}")
    return made


def test_a_published_folder_verifies(folder: Path) -> None:
    digest = publish(folder)
    assert verify(folder) == digest
    assert verify(folder, digest) == digest
    entries = json.loads((folder / MANIFEST).read_text())
    assert sorted(entries) == ["inner/config.json", "weights.safetensors"]
    assert entries["inner/config.json"][0] == 2


def test_publishing_again_gives_the_same_manifest(folder: Path) -> None:
    assert publish(folder) == publish(folder)


def flip(folder: Path) -> None:
    path = folder / "weights.safetensors"
    altered = bytearray(path.read_bytes())
    altered[77] ^= 1
    path.write_bytes(altered)


def truncate(folder: Path) -> None:
    os.truncate(folder / "weights.safetensors", 100)


def rewrite_manifest(folder: Path) -> None:
    entries = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(entries))


HARM: tuple[tuple[Callable[[Path], object], str], ...] = (
    (flip, "weights.safetensors is not as it was"),
    (truncate, "weights.safetensors is not as it was"),
    (lambda folder: (folder / "weights.safetensors").unlink(), "weights.safetensors is missing"),
    (lambda folder: (folder / "extra.py").write_text("import os"), "extra.py is not listed"),
    (lambda folder: (folder / "link").symlink_to("/etc/hostname"), "link is a link"),
    (lambda folder: os.mkfifo(folder / "pipe"), "pipe is a link or a device"),
    (lambda folder: (folder / MANIFEST).unlink(), "never finished"),
    (lambda folder: (folder / MANIFEST).write_text("{"), "cannot be read"),
    (lambda folder: (folder / MANIFEST).write_text('{"a": 1}'), "cannot be read"),
    (lambda folder: (folder / MANIFEST).write_text("[]"), "cannot be read"),
    (rewrite_manifest, "not the one that was registered"),
)


@pytest.mark.parametrize(("harm", "told"), HARM, ids=[told for _, told in HARM])
def test_an_altered_folder_is_refused_by_file_name(
    folder: Path, harm: Callable[[Path], object], told: str
) -> None:
    digest = publish(folder)
    harm(folder)
    with pytest.raises(ModelRefused, match=told):
        verify(folder, digest)


def test_a_folder_is_copied_in_whole(folder: Path, tmp_path: Path) -> None:
    digest = copy_in(folder, tmp_path / "models" / "mine")
    assert verify(tmp_path / "models" / "mine", digest) == digest
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["mine"]


def test_a_folder_with_a_link_is_not_copied_at_all(folder: Path, tmp_path: Path) -> None:
    (folder / "link").symlink_to("/etc/hostname")
    with pytest.raises(ModelRefused):
        copy_in(folder, tmp_path / "models" / "mine")
    assert not (tmp_path / "models").exists()


def test_a_taken_place_is_left_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(Conflict):
        copy_in(folder, tmp_path / "mine")
    assert list((tmp_path / "mine").iterdir()) == []


def test_a_copy_that_fails_leaves_nothing_behind(folder: Path, tmp_path: Path) -> None:
    (folder / "inner" / "config.json").unlink()
    os.mkfifo(folder / "inner" / "config.json")
    with pytest.raises(ModelRefused):
        copy_in(folder, tmp_path / "models" / "mine")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adapter"]
