"""Journal: answers and feedback once more as plain lines, for the day the database is torn."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from studio.domain.values import Value, now
from studio.store.artifacts import sync_folder
from studio.store.failures import disk_error

CURRENT = "feedback.jsonl"
STAMP = "%Y%m%dT%H%M%S%fZ"
"""How moments are spelled in file names: sorting the names sorts the moments."""


class Journal:
    """Append-only files of JSON lines; a line is on disk before `append` returns.

    Lines are kept in segments: `close_segment` starts a new one, `drop_segments` forgets those
    that every kept backup contains.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()

    def append(self, word: str, item: Value) -> None:
        """Writes one line.

        Raises:
            StorageFailed: when the disk refuses; what was written of the line is cut off again.
        """
        self.append_all(word, [item])

    def append_all(self, word: str, items: Sequence[Value]) -> None:
        """Writes a line for each, synced to the disk once; raises as `append` does."""
        lines = "".join(json.dumps({word: item.model_dump(mode="json")}) + "\n" for item in items)
        with self._lock:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                fresh = not (self.folder / CURRENT).exists()
                with (self.folder / CURRENT).open("a+b", buffering=0) as stream:
                    _append(stream, lines.encode())
                if fresh:
                    sync_folder(self.folder)
            except OSError as error:
                raise disk_error(error, "write to the feedback journal") from error

    def lines(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yields (word, fields) of every whole line, oldest first; a torn one is passed over."""
        current = [self.folder / CURRENT] if (self.folder / CURRENT).exists() else []
        for path in (*self._segments(), *current):
            with path.open("rb") as stream:
                for raw in stream:
                    try:
                        ((word, fields),) = json.loads(raw).items()
                    except (ValueError, AttributeError):
                        continue
                    yield word, fields

    def close_segment(self) -> None:
        """Lets the next line begin a new file, named by this moment."""
        with self._lock:
            if (self.folder / CURRENT).exists():
                name = f"feedback-{now().strftime(STAMP)}.jsonl"
                (self.folder / CURRENT).rename(self.folder / name)
                sync_folder(self.folder)

    def drop_segments(self, closed_before: datetime) -> None:
        """Removes the segments that were closed before a moment."""
        for path in self._segments():
            if path.name < f"feedback-{closed_before.strftime(STAMP)}":
                path.unlink()

    def _segments(self) -> list[Path]:
        return sorted(self.folder.glob("feedback-*.jsonl"))


def _append(stream: IO[bytes], line: bytes) -> None:
    end = stream.seek(0, os.SEEK_END)
    if end:
        stream.seek(end - 1)
        # A power cut left half a line; it must not swallow this one.
        line = line if stream.read(1) == b"\n" else b"\n" + line
    try:
        if stream.write(line) < len(line):
            stream.write(b"\n")  # raises what stopped the first write short
            raise OSError("only a part was written")
        os.fsync(stream.fileno())
    except OSError:
        stream.truncate(end)
        raise
