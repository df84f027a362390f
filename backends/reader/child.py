"""Child: one reading process seen from the studio, watched, and ended when nobody listens."""

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

from backends.reader.limits import MAX_OUTPUT_LINE, MEBIBYTE, FileRefused
from studio.domain.errors import WorkerFailed

ROOT = Path(__file__).resolve().parents[2]
PASSED_ON = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "LD_LIBRARY_PATH")
"""The only variables the child sees; keys and passwords live in others."""
LOOK_EVERY = 0.1
"""Seconds between two looks at the child's memory and time."""


def messages(
    module: str, *arguments: str, resident_bytes: int, cpu_seconds: float, remedy: str
) -> Generator[dict[str, Any], None, None]:
    """Starts `python -m module ARGUMENTS PARENT` and yields what it sends, up to its last line.

    Begin and end an iteration in the same thread: on Linux the child dies with the thread that
    started it. `remedy` is what to try when the file broke the program.

    Raises:
        FileRefused: when the child refuses the file, breaks a limit or dies of it.
        WorkerFailed: when it sends something that is no message.
    """
    with tempfile.TemporaryFile() as talk:
        child = _start(module, arguments, talk)
        watch = _Watch(child, resident_bytes, cpu_seconds)
        try:
            yield from _heard(child, watch, talk, remedy)
        finally:
            watch.stop()
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe:
                    pipe.close()


def _start(module: str, arguments: tuple[str, ...], talk: IO[bytes]) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments, str(os.getpid())],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # A file, because a pipe that nobody drains would stop a talkative child.
        stderr=talk,
    )


def _heard(
    child: subprocess.Popen[bytes], watch: _Watch, talk: IO[bytes], remedy: str
) -> Iterator[dict[str, Any]]:
    assert child.stdout is not None
    while line := child.stdout.readline(MAX_OUTPUT_LINE):
        message = _decoded(line)
        if "end" in message:
            return
        if "refused" in message:
            raise FileRefused(str(message["refused"]), str(message.get("hint", "")))
        yield message
    raise _death(child.wait(), watch.verdict, talk, remedy)


def _decoded(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WorkerFailed("The reading process sent something that is no record.") from error
    if not isinstance(message, dict):
        raise WorkerFailed("The reading process sent something that is no record.")
    return message


def _death(code: int, verdict: str, talk: IO[bytes], remedy: str) -> FileRefused:
    """The child ended without its last line: over a limit, or broken by the file."""
    if verdict:
        return FileRefused(verdict, "Split the file, or save it again from its program.")
    talk.seek(0)
    last = (talk.read(64 * 1024).decode("utf-8", "replace").strip().splitlines() or [""])[-1]
    detail = last[:200] or f"exit code {code}"
    return FileRefused(f"The file broke the program that reads it ({detail}).", remedy)


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
