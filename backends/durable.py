"""replace: a file written durably in one step, for everything that speaks through files."""

from __future__ import annotations

import os
from pathlib import Path


def replace(path: Path, content: bytes | str) -> None:
    """Writes a file: a reader sees the old content or the new one, after a power cut too."""
    aside = path.with_name(f".{path.name}.tmp")
    with aside.open("wb") as stream:
        stream.write(content.encode() if isinstance(content, str) else content)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(path)
    if os.name == "posix":
        handle = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
