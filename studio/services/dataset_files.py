"""Files of datasets: staging what comes in, writing what goes out; whole on disk or not there."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from studio.domain.datasets import Example, RefusedRow, SourceFile
from studio.domain.errors import InvalidInput, NotFound
from studio.domain.values import new_id
from studio.store.artifacts import sync_folder
from studio.store.failures import disk_error

LARGEST_SOURCE = 512 * 1024 * 1024
"""Bytes."""
CHUNK = 1024 * 1024
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")
"""A cell that begins so is run as a formula by spreadsheet programs."""


def copy_in(
    path: Path, filename: str, folder: Path, *, largest: int = LARGEST_SOURCE
) -> SourceFile:
    """Copies a file into the folder under its hash and returns what lies there.

    Raises:
        NotFound: when there is no such file.
        InvalidInput: when it is no ordinary file, or too large.
        StorageFailed: when the disk refuses; nothing is left behind then.
    """
    name = shown_name(filename)
    part = folder / f".{secrets.token_hex(8)}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _ordinary(path) as source, part.open("xb") as target:
            digest, size = _copied(source, target, largest)
        kept = folder / f"{digest}{_suffix(name)}"
        part.replace(kept)
        sync_folder(folder)
    except OSError as error:
        raise disk_error(error, f"keep a copy of {name}") from error
    finally:
        part.unlink(missing_ok=True)
    return SourceFile(id=new_id("src"), filename=name, path=str(kept), size=size, sha256=digest)


def shown_name(filename: str) -> str:
    """Returns the last part of a name from anywhere, without what cannot be shown."""
    last = re.split(r"[/\\]", filename)[-1]
    printable = "".join(c for c in last if c.isprintable())
    return " ".join(printable.split())[-120:] or "file"


def write_chat(examples: Iterable[Example], path: Path) -> None:
    """Writes OpenAI chat JSONL, one line an example; pairs in OpenAI's shape for preferences."""
    with written(path) as target:
        for example in examples:
            target.write(chat_line(example))


def chat_line(example: Example) -> bytes:
    """Returns an example, or a pair, as one line of the JSONL that OpenAI trains on."""
    turns = [{"role": turn.role, "content": turn.content} for turn in example.messages]
    line: dict[str, object] = {"messages": turns}
    if example.rejected is not None:
        line = {
            "input": {"messages": turns[:-1]},
            "preferred_output": turns[-1:],
            "non_preferred_output": [{"role": "assistant", "content": example.rejected}],
        }
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"


def write_refused(refused: Iterable[RefusedRow], path: Path) -> None:
    """Writes refused rows as CSV for a spreadsheet, which must not run their text."""
    with written(path) as target:
        text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=True)
        table = csv.writer(text)
        table.writerow(("line", "reason", "row begins with"))
        for row in refused:
            table.writerow((row.line, harmless(row.reason), harmless(row.excerpt)))
        text.detach()


def harmless(cell: str) -> str:
    """Returns the cell so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """Opens a file that appears under its name only when it is whole and on disk."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise disk_error(error, f"write {path}") from error
    finally:
        part.unlink(missing_ok=True)


def _ordinary(path: Path) -> BinaryIO:
    """A pipe or a device would never end."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InvalidInput(f"{path} is not a file.", hint="Choose one file.")
        return path.open("rb")
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {path}.") from error


def _copied(source: BinaryIO, target: BinaryIO, largest: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while piece := source.read(CHUNK):
        size += len(piece)
        if size > largest:
            raise InvalidInput(
                f"The file is larger than {largest // CHUNK} MB.",
                hint="Split it into smaller files.",
            )
        digest.update(piece)
        target.write(piece)
    target.flush()
    os.fsync(target.fileno())
    return digest.hexdigest(), size


def _suffix(name: str) -> str:
    """Letters and digits only: the reader goes by it, and no other part of a name gets to disk."""
    found = re.search(r"(\.[a-z0-9]{1,10})?(\.gz)?$", name.lower())
    return found.group(0) if found else ""
