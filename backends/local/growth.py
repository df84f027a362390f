"""Progress of a download, told by how much a folder has grown; works with every downloader."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from studio.domain.errors import Conflict, DoesNotFit

Progress = Callable[[str, float | None], None]
"""Called with what is being done and the share done, 0 to 1, or None when it is unknown."""
Cancelled = Callable[[], bool]
"""Asked now and then whether the work is still wanted."""


def never() -> bool:
    """Answers for work that nobody can stop."""
    return False


def stopped(name: str) -> Conflict:
    """Returns what is raised when a fetch ends because it is not wanted any more."""
    return Conflict(
        f"Fetching {name} was stopped before it was whole.",
        hint="Nothing of it is kept; fetch it again whenever you like.",
    )


@contextmanager
def watched(folder: Path, total: int, what: str, progress: Progress) -> Iterator[None]:
    """Reports `what` with the share of `total` bytes present in the folder, twice a second."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.5):
            progress(what, min(1.0, size(folder) / total) if total else None)

    progress(what, 0.0 if total else None)
    watcher = threading.Thread(target=watch, name="download-progress", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def size(folder: Path) -> int:
    """Returns the bytes in a folder that others may be changing meanwhile."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:  # renamed or removed since it was listed
            continue
    return total


def require_space(folder: Path, needed: int, what: str) -> None:
    """Raises DoesNotFit when the disk of the folder has fewer than `needed` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DoesNotFit(
            f"{what} needs {needed / 1e9:.1f} GB of disk, but {free / 1e9:.1f} GB are free.",
            hint=f"Free some space on the disk that holds {folder}, or choose a smaller model.",
        )
