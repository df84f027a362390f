"""Starting workers that die with the studio, and the first lines of such a worker."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

PARENT = "LADDER_PARENT_PID"
ROOT = Path(__file__).parents[2]
SECRETS = ("TOKEN", "PASSWORD", "SECRET", "API_KEY", "CREDENTIAL")
"""Parts of names of environment variables that a worker does not get."""


def start(
    module: str, *arguments: str, stderr: IO[bytes] | int = subprocess.DEVNULL
) -> subprocess.Popen[str]:
    """Starts `python -m module` with pipes for JSON lines; it ends when this process does.

    On Linux the kernel also ends it when the *thread* that called this ends, so call it from a
    thread that waits for the worker.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=environment(),
        text=True,
        encoding="utf-8",
        cwd=ROOT,
    )


def environment() -> dict[str, str]:
    """Returns this process's environment without secrets, offline for the hub, with our id."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not any(part in name.upper() for part in SECRETS)
    }
    return kept | {
        PARENT: str(os.getpid()),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONUNBUFFERED": "1",
        # GPUs are numbered as nvidia-smi numbers them, so that a plan and its run mean the same.
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        # Waiting threads spin for some microseconds, then give the core away. With the usual
        # milliseconds two busy workers on two cores ran five times slower than one alone; with
        # none at all a lone worker lost a quarter of its speed to sleeping and waking.
        "GOMP_SPINCOUNT": "5000",
        "PYTHONIOENCODING": "utf-8",
    }


def die_with_parent() -> None:
    """Ties this worker's life to the studio's: the first call of a worker's `main`."""
    parent = int(os.environ.get(PARENT, "0"))
    if not parent or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG
    if os.getppid() != parent:  # the studio died before the line above
        os._exit(1)


def exit_at_end_of_input() -> None:
    """Ends this worker as soon as its standard input closes, for workers that read nothing else."""

    def watch() -> None:
        while sys.stdin.readline():
            pass
        os._exit(1)

    threading.Thread(target=watch, name="stdin", daemon=True).start()
