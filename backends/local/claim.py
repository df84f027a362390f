"""Claim: which process works on a run folder; it ends with that process, however that ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import IO

from backends.local import process
from backends.local.runs import RunFolder

FILENAME = "worker.lock"


def _start(
    command: Sequence[str], log: IO[bytes], inherited: tuple[int, ...]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=process.environment(),
        cwd=process.ROOT,
        # Its own session: closing the terminal or the studio does not end the training.
        start_new_session=True,
        pass_fds=inherited,
    )


if sys.platform == "win32":
    import psutil

    def start(folder: RunFolder, command: Sequence[str]) -> subprocess.Popen[bytes] | None:
        """Starts a worker on the folder; None when another one works there."""
        if held(folder):
            return None
        with (folder.path / "worker.log").open("ab") as log:
            return _start(command, log, ())

    def held(folder: RunFolder) -> bool:
        """Says whether a worker works on the folder now."""
        # A lock cannot be handed to a child here: pid, start time and the folder on its command
        # line tell the worker from a stranger with a reused pid.
        beat = folder.heartbeat()
        if beat is None:
            return False
        try:
            worker = psutil.Process(beat.pid)
            same = abs(worker.create_time() - beat.started) < 1.0
            return same and str(folder.path) in worker.cmdline()
        except psutil.Error:
            return False

else:
    import fcntl
    import os

    def start(folder: RunFolder, command: Sequence[str]) -> subprocess.Popen[bytes] | None:
        """Starts a worker on the folder; None when another one works there.

        The worker is born with the claim in its hands, so that no crash of this process, at
        whatever moment, leaves a worker that nobody knows of.
        """
        handle = _opened(folder)
        try:
            if not _take(handle):
                return None
            with (folder.path / "worker.log").open("ab") as log:
                return _start(command, log, (handle,))
        finally:
            os.close(handle)  # The worker's own copy keeps the lock.

    def held(folder: RunFolder) -> bool:
        """Says whether a worker works on the folder now."""
        handle = _opened(folder)
        try:
            return not _take(handle)
        finally:
            os.close(handle)

    def _opened(folder: RunFolder) -> int:
        return os.open(folder.path / FILENAME, os.O_RDWR | os.O_CREAT, 0o600)

    def _take(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
