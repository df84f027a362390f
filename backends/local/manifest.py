"""Manifest: the hash of every file of a folder, written last; it proves the folder whole."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from studio.domain.errors import ModelRefused, StorageFailed

NAME = "manifest.json"


def publish(folder: Path) -> str:
    """Makes every file durable, writes the manifest last and returns its SHA-256.

    A folder without a readable manifest was interrupted and does not count.

    Raises:
        StorageFailed: when the disk refuses, for example because it is full.
    """
    target = folder / NAME
    aside = folder / f".{NAME}.tmp"
    try:
        target.unlink(missing_ok=True)
        aside.unlink(missing_ok=True)
        files = {}
        for path in _files(folder):
            sync(path)
            files[_key(folder, path)] = {"size": path.stat().st_size, "sha256": sha256(path)}
        with aside.open("w", encoding="utf-8", newline="\n") as stream:
            json.dump({"files": files}, stream, indent=1, sort_keys=True)
            stream.flush()
            os.fsync(stream.fileno())
        for sub in sorted({path.parent for path in _files(folder)} | {folder}):
            sync(sub)
        aside.replace(target)
        sync(folder)
    except OSError as error:
        raise StorageFailed(
            f"The files in {folder} could not be made durable: {error.strerror or error}.",
            hint="Free some disk space and try again.",
        ) from error
    return manifest_sha256(folder)


def verify(folder: Path, expected: str = "") -> None:
    """Checks that the folder holds exactly what its manifest lists.

    Args:
        folder: what to check.
        expected: SHA-256 the manifest itself must have; empty when it is not known.

    Raises:
        ModelRefused: when a file is missing, altered or not listed.
    """
    found = manifest_sha256(folder)
    if expected and found != expected:
        raise _refused(folder, f"its {NAME} was replaced since it was registered")
    listed = _listed(folder)
    present = {_key(folder, path): path for path in _files(folder) if path.name != NAME}
    for name in sorted(listed.keys() | present.keys()):
        if name not in present:
            raise _refused(folder, f"{name} is missing")
        if name not in listed:
            raise _refused(folder, f"{name} was added")
        wanted, path = listed[name], present[name]
        if path.stat().st_size != wanted.get("size") or sha256(path) != wanted.get("sha256"):
            raise _refused(folder, f"{name} was altered")


def manifest_sha256(folder: Path) -> str:
    """Returns the SHA-256 of the folder's manifest; raises ModelRefused when there is none."""
    try:
        return hashlib.sha256((folder / NAME).read_bytes()).hexdigest()
    except OSError as error:
        raise _refused(folder, f"it has no {NAME}, so it was never finished") from error


def sha256(path: Path) -> str:
    """Returns the SHA-256 of a file as hexadecimal text."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def move_into_place(aside: Path, final: Path) -> None:
    """Renames a published folder to its final name and makes the rename durable.

    Raises:
        StorageFailed: when the disk refuses or something of that name is there already.
    """
    try:
        aside.rename(final)
        sync(final.parent)
    except OSError as error:
        raise StorageFailed(
            f"{aside.name} could not be moved to {final}: {error.strerror or error}."
        ) from error


def sync(path: Path) -> None:
    """Waits until a file or folder is on the disk, where the system can tell for folders."""
    if os.name == "nt" and path.is_dir():  # Windows has no handle to flush for a folder
        return
    # Windows flushes only through a handle that may write.
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _listed(folder: Path) -> dict[str, dict[str, object]]:
    try:
        files = json.loads((folder / NAME).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _refused(folder, f"its {NAME} cannot be read") from error
    if not isinstance(files, dict) or not all(isinstance(entry, dict) for entry in files.values()):
        raise _refused(folder, f"its {NAME} cannot be read")
    return files


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink())


def _key(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _refused(folder: Path, why: str) -> ModelRefused:
    return ModelRefused(
        f"The folder {folder.name} is refused: {why}.",
        hint="Fetch the model again, or repeat the training that made it.",
    )
