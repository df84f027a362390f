"""FileReader and DocumentFileReader: files nobody vouches for, read in a process that may die."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from pathlib import Path, PurePath
from typing import Any

from backends.reader import child
from backends.reader.limits import CPU_SECONDS, RESIDENT_BYTES, FileRefused
from studio.domain.datasets import RawRow
from studio.domain.errors import InvalidDataset
from studio.domain.interfaces import RawDocument
from studio.domain.retrieval import Refusal


class FileReader:
    """Implements `studio.domain.interfaces.RowReader` with one child process for each file.

    Begin and end an iteration in the same thread: on Linux the child dies with the thread that
    started it.
    """

    def __init__(
        self, *, resident_bytes: int = RESIDENT_BYTES, cpu_seconds: float = CPU_SECONDS
    ) -> None:
        self._resident_bytes, self._cpu_seconds = resident_bytes, cpu_seconds

    def read(self, path: Path) -> Generator[RawRow, None, None]:
        """Yields the file's records in order, unreadable lines included with their error."""
        sent = child.messages(
            "backends.reader.read",
            str(path.resolve()),
            resident_bytes=self._resident_bytes,
            cpu_seconds=self._cpu_seconds,
            remedy="It may be damaged, or need more memory than is allowed; save it again as CSV.",
        )
        with closing(sent):
            try:
                for message in sent:
                    yield RawRow.model_validate(message)
            except FileRefused as refusal:
                raise InvalidDataset(refusal.message, hint=refusal.hint) from refusal


class DocumentFileReader:
    """Implements `studio.domain.interfaces.DocumentReader`; one child process for each file too."""

    def __init__(
        self, *, resident_bytes: int = RESIDENT_BYTES, cpu_seconds: float = CPU_SECONDS
    ) -> None:
        self._resident_bytes, self._cpu_seconds = resident_bytes, cpu_seconds

    def read(self, path: Path, name: str) -> Generator[RawDocument | Refusal, None, None]:
        """Yields the documents of a file: one, or one a row for JSONL; refusals with their reason.

        `name` is what the user calls the file; its ending says what it is, unless its first bytes
        say otherwise.
        """
        file = PurePath(name.replace("\\", "/")).name or path.name
        sent = child.messages(
            "backends.reader.read_documents",
            str(path.resolve()),
            _ending(file),
            resident_bytes=self._resident_bytes,
            cpu_seconds=self._cpu_seconds,
            remedy="It may be damaged; open it in its program and save it again.",
        )
        with closing(sent):
            try:
                for message in sent:
                    yield _document(message, file)
            except FileRefused as refusal:
                reason = f"{refusal.message} {refusal.hint}".strip()
                yield Refusal(name=file, reason=reason)


def _ending(file: str) -> str:
    """Returns the ending in lower case without `.gz`; only plain letters travel to the child."""
    suffix = PurePath(file.lower().removesuffix(".gz")).suffix
    return suffix if suffix.isascii() and suffix.removeprefix(".").isalnum() else ""


def _document(message: dict[str, Any], file: str) -> RawDocument | Refusal:
    line = message["line"]
    name = file if line is None else f"{file}, line {line}"
    if message["reason"]:
        return Refusal(name=name, reason=message["reason"])
    key = message["key"] or (file if line is None else f"{file}:{line}")
    return RawDocument(
        key=key,
        title=message["title"] or (PurePath(file).stem if line is None else key),
        kind=message["kind"],
        text=message["text"],
    )
