"""FileReader: reads files nobody vouches for in a process that may die instead of the studio."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, Any

import psutil

from backends.reader.limits import CPU_SECONDS, MAX_OUTPUT_LINE, MEBIBYTE, RESIDENT_BYTES
from studio.domain.datasets import RawRow
from studio.domain.errors import InvalidDataset, WorkerFailed

ROOT = Path(__file__).resolve().parents[2]
PASSED_ON = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH")
"""The only variables the child sees; keys and passwords live in others."""
LOOK_EVERY = 0.1
"""Seconds between two looks at the child's memory and time."""


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
        with tempfile.TemporaryFile() as talk:
            child = _start(path.resolve(), talk)
            watch = _Watch(child, self._resident_bytes, self._cpu_seconds)
            try:
                yield from _rows(child, watch, talk)
            finally:
                watch.stop()
                child.kill()
                child.wait()
                for pipe in (child.stdin, child.stdout):
                    if pipe:
                        pipe.close()


def _start(path: Path, talk: IO[bytes]) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "backends.reader.read", str(path), str(os.getpid())],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # A file, because a pipe that nobody drains would stop a talkative child.
        stderr=talk,
    )


def _rows(child: subprocess.Popen[bytes], watch: _Watch, talk: IO[bytes]) -> Iterator[RawRow]:
    assert child.stdout is not None
    while line := child.stdout.readline(MAX_OUTPUT_LINE):
        message = _decoded(line)
        if "end" in message:
            return
        if "refused" in message:
            raise InvalidDataset(str(message["refused"]), hint=str(message.get("hint", "")))
        yield RawRow.model_validate(message)
    raise _death(child.wait(), watch.verdict, talk)


def _decoded(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WorkerFailed("The reading process sent something that is no record.") from error
    if not isinstance(message, dict):
        raise WorkerFailed("The reading process sent something that is no record.")
    return message


def _death(code: int, verdict: str, talk: IO[bytes]) -> InvalidDataset:
    """The child ended without its last line: over a limit, or broken by the file."""
    if verdict:
        return InvalidDataset(verdict, hint="Split the file, or save it again from its program.")
    talk.seek(0)
    last = (talk.read(64 * 1024).decode("utf-8", "replace").strip().splitlines() or [""])[-1]
    detail = last[:200] or f"exit code {code}"
    return InvalidDataset(
        f"The file broke the program that reads it ({detail}).",
        hint="It may be damaged, or need more memory than is allowed; save it again as CSV.",
    )


class _Watch:
    """Kills the child when it takes too much, on systems whose kernel would not."""

    def __init__(
        self, child: subprocess.Popen[bytes], resident_bytes: int, cpu_seconds: float
    ) -> None:
        self.verdict = ""
        self._child, self._ended = child, threading.Event()
        self._resident_bytes, self._cpu_seconds = resident_bytes, cpu_seconds
        self._thread = threading.Thread(target=self._run, name="reader-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the watch."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            process = psutil.Process(self._child.pid)
            while not self._ended.wait(LOOK_EVERY):
                self.verdict = self._judged(process)
                if self.verdict:
                    self._child.kill()
                    return
        except psutil.Error:
            return

    def _judged(self, process: psutil.Process) -> str:
        if process.memory_info().rss > self._resident_bytes:
            return (
                f"Reading the file takes more than {self._resident_bytes // MEBIBYTE} MB of memory."
            )
        used = process.cpu_times()
        if used.user + used.system > self._cpu_seconds:
            return f"Reading the file takes more than {self._cpu_seconds:g} seconds."
        return ""
