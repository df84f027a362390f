"""Lock: one studio for each data folder, and where to reach the one that holds it."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from studio.domain.errors import DataFolderInUse
from studio.domain.values import Value
from studio.store.failures import disk_error

FILENAME = "studio.lock"
ROOM = 1024
"""Bytes the note is padded to, so that one write always replaces all of it."""
LOCKED_BYTE = 1 << 30
"""Windows locks bytes, and a locked byte cannot be read: take one far behind the note."""
PATIENCE = 0.5
"""Seconds to try again: `holder` of another process takes the lock for a moment to look."""


class Holder(Value):
    """The studio process that holds a data folder."""

    pid: int
    port: int | None = None
    """Where it answers on this machine; None while it is not serving."""
    token: str = ""
    """Proves to it that the caller may read the data folder."""


class DataFolderLock:
    """Holds a data folder from `acquire` to `release`, or for a `with` block.

    The system lets go of it when the process ends, however it ends.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().resolve()
        self._handle: int | None = None

    def acquire(self, *, port: int | None = None, token: str = "") -> Self:
        """Takes the folder, and notes who has it.

        Raises:
            DataFolderInUse: when another studio has it.
        """
        try:
            # Conversations and the token are nobody else's business on a shared machine.
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.folder / FILENAME, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise disk_error(error, f"use the data folder {self.folder}") from error
        deadline = time.monotonic() + PATIENCE
        while not _take(handle):
            if time.monotonic() > deadline:
                other = _note(handle)
                os.close(handle)
                who = f" (process {other.pid})" if other else ""
                raise DataFolderInUse(
                    f"Another studio{who} is already using the data folder {self.folder}.",
                    hint="Use that one, stop it first, or choose another --data-dir.",
                )
            time.sleep(0.02)
        self._handle = handle
        (self.folder / FILENAME).chmod(0o600)  # a file from elsewhere may be more open
        self.announce(port=port, token=token)
        return self

    def announce(self, *, port: int | None, token: str) -> None:
        """Notes where this studio answers, for the command line to find."""
        if self._handle is None:
            raise RuntimeError("The data folder is not held.")
        _write(self._handle, Holder(pid=os.getpid(), port=port, token=token).model_dump_json())

    def release(self) -> None:
        """Lets go of the folder; calling it again changes nothing."""
        if self._handle is not None:
            _write(self._handle, "")
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> Self:
        """Holds the folder, taking it if that was not done before."""
        return self if self._handle is not None else self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Lets go of the folder."""
        self.release()


def holder(folder: Path) -> Holder | None:
    """Returns who holds a data folder now, or None; a dead studio's note counts for nothing."""
    try:
        handle = os.open(folder.expanduser().resolve() / FILENAME, os.O_RDWR)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise disk_error(error, f"look at the data folder {folder}") from error
    try:
        return None if _take(handle) else _note(handle)
    finally:
        os.close(handle)


def _write(handle: int, note: str) -> None:
    # In place: renaming a new file over this one would leave the lock on a file nobody sees.
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, note.encode().ljust(ROOM))
    os.fsync(handle)


def _note(handle: int) -> Holder | None:
    os.lseek(handle, 0, os.SEEK_SET)
    try:
        return Holder.model_validate(json.loads(os.read(handle, ROOM)))
    except ValueError:
        return None  # The holder is just starting or stopping.


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> bool:
        os.lseek(handle, LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
