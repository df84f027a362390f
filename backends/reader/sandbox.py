"""What the reading process gives up before it looks at a file."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading

from backends.reader.limits import ADDRESS_SPACE_BYTES, CPU_SECONDS, MEBIBYTE

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER_AND_NEWNET = 0x10000000 | 0x40000000
SLACK = 10
"""Seconds later than the parent, who can say why: the kernel only kills."""
FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn")
"""Beginnings of the names of audit events that no reading needs."""


def enter(parent: int) -> None:
    """Ties this process to its parent and takes away network, memory, time and writing.

    What the operating system does not offer is left out: the parent watches memory and time too.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        libc.unshare(CLONE_NEWUSER_AND_NEWNET)  # refused on some systems, and then we go on without
    sys.addaudithook(_refuse)
    _limit()
    threading.Thread(target=_die_with_parent, name="parent-watch", daemon=True).start()


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event.startswith(FORBIDDEN):
        raise PermissionError(f"Reading a file does not need {event}.")


def _limit() -> None:
    if sys.platform == "win32":
        return
    import resource

    for kind, amount in (
        (resource.RLIMIT_CPU, CPU_SECONDS + SLACK),
        (resource.RLIMIT_AS, ADDRESS_SPACE_BYTES),
        (resource.RLIMIT_FSIZE, MEBIBYTE),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (amount, amount))


def _die_with_parent() -> None:
    """Standard input is a pipe held by the parent: its end means the parent is gone."""
    while os.read(0, 1024):
        pass
    os._exit(1)
