"""Artifacts: folders of files that count only once their manifest is there and matches."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from studio.domain.errors import Conflict, ModelRefused
from studio.domain.values import new_id
from studio.store.failures import disk_error

MANIFEST = "manifest.json"


def publish(folder: Path) -> str:
    """Makes a finished folder count, its manifest last, and returns the manifest's SHA-256.

    Raises:
        ModelRefused: when the folder holds anything but plain files and folders.
        StorageFailed: when the disk refuses.
    """
    try:
        entries = {name: _entry(folder / name, sync=True) for name in _files(folder)}
        draft = folder / f"{MANIFEST}.tmp"
        text = json.dumps(entries, indent=1, sort_keys=True)
        with draft.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(folder / MANIFEST)
        for inner in (*(path for path in folder.rglob("*") if path.is_dir()), folder):
            sync_folder(inner)
        sync_folder(folder.parent)
    except OSError as error:
        raise disk_error(error, f"finish the folder {folder}") from error
    return hashlib.sha256(text.encode()).hexdigest()


def verify(folder: Path, manifest_sha256: str | None = None) -> str:
    """Checks every file against the manifest, and the manifest itself when its hash is given.

    Returns:
        The SHA-256 of the manifest.

    Raises:
        ModelRefused: naming the first file that is missing, altered or not listed.
    """
    try:
        raw = (folder / MANIFEST).read_bytes()
        entries = json.loads(raw)
        listed = {str(name): [int(size), str(digest)] for name, (size, digest) in entries.items()}
    except FileNotFoundError as error:
        raise _refused(folder, f"{MANIFEST} is missing, so it was never finished") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise _refused(folder, f"{MANIFEST} cannot be read") from error
    found = hashlib.sha256(raw).hexdigest()
    if manifest_sha256 is not None and found != manifest_sha256:
        raise _refused(folder, f"{MANIFEST} is not the one that was registered")
    present = set(_files(folder))
    extra = sorted(present - set(listed))
    if extra:
        raise _refused(folder, f"{extra[0]} is not listed in {MANIFEST}")
    for name, entry in sorted(listed.items()):
        if name not in present:
            raise _refused(folder, f"{name} is missing")
        path = folder / name
        # The size first: it spares reading gigabytes of a file that was cut short.
        if path.stat().st_size != entry[0] or _entry(path, sync=False) != entry:
            raise _refused(folder, f"{name} is not as it was registered")
    return found


def copy_in(source: Path, target: Path) -> str:
    """Copies a folder to a place of ours, all of it or nothing; returns the manifest's SHA-256.

    Raises:
        Conflict: when the target exists.
        ModelRefused: when the source holds links or anything but plain files.
        StorageFailed: when the disk refuses.
    """
    if target.exists():
        raise Conflict(f"There already is a folder {target}.", hint="Remove it first.")
    names = list(_files(source))
    stage = target.parent / f".{new_id('incoming')}"
    try:
        stage.mkdir(parents=True)
        for name in names:
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, stage / name)
        digest = publish(stage)
        stage.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        raise disk_error(error, f"copy {source} to {target}") from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return digest


def put_aside(folder: Path) -> Path | None:
    """Renames a folder that is to go, so that nobody finds half of it; None when it is gone."""
    aside = folder.parent / f".{new_id('removed')}"
    try:
        folder.rename(aside)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise disk_error(error, f"remove the folder {folder}") from error
    return aside


def discard(folder: Path) -> None:
    """Deletes a folder that was put aside; what cannot be deleted now only takes up room."""
    shutil.rmtree(folder, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable, where the system can."""
    if os.name == "nt":
        return  # Windows offers no such call; NTFS journals its directories.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _files(folder: Path) -> Iterator[str]:
    """Yields the relative names of all files but the manifest, refusing links and devices."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise _refused(folder, f"{name} is a link or a device, not a plain file")
        if path.is_file() and name not in (MANIFEST, f"{MANIFEST}.tmp"):
            yield name


def _entry(path: Path, *, sync: bool) -> list[int | str]:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if sync:
            os.fsync(stream.fileno())
        return [path.stat().st_size, digest]


def _refused(folder: Path, why: str) -> ModelRefused:
    return ModelRefused(
        f"The folder {folder.name} cannot be used: {why}.",
        hint="Fetch or train it again; never load files that do not match.",
    )
