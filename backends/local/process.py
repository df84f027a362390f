"""Starting workers that die with the studio, and the first lines of such a worker."""

from __future__ import annotations

import ctypes
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

PARENT = "LADDER_PARENT_PID"
ROOT = Path(__file__).parents[2]
SECRETS = ("TOKEN", "PASSWORD", "SECRET", "API_KEY", "CREDENTIAL")
"""Parts of names of environment variables that a worker does not get."""
LOOK = 0.1
"""Seconds between two looks whether a worker is still wanted."""


def start(
    module: str,
    *arguments: str,
    stderr: IO[bytes] | int = subprocess.DEVNULL,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[str]:
    """Starts `python -m module` with pipes for JSON lines; it ends when this process does.

    On Linux the kernel also ends it when the *thread* that called this ends, so call it from a
    thread that waits for the worker. Without `env` it gets that of `environment`.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=environment() if env is None else env,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
    )


def lines(worker: subprocess.Popen[str], stopped: Callable[[], bool]) -> Iterator[str]:
    """Yields what a worker writes until it has ended.

    The worker is killed when `stopped()` turns true, and when the caller leaves before the end.
    """
    said: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def listen() -> None:
        for line in worker.stdout or ():
            said.put(line)
        said.put(None)

    listener = threading.Thread(target=listen, name="worker-news", daemon=True)
    listener.start()
    ended = False
    try:
        while not ended and not stopped():
            try:
                line = said.get(timeout=LOOK)
            except queue.Empty:
                continue
            if line is None:
                ended = True
            else:
                yield line
    finally:
        if not ended:
            worker.kill()
        worker.wait()
        listener.join()


def online() -> dict[str, str]:
    """Returns the environment of a worker that fetches: as `environment`, but not offline."""
    offline = {name: os.environ[name] for name in ("HF_HUB_OFFLINE",) if name in os.environ}
    kept = environment()
    del kept["HF_HUB_OFFLINE"]
    return kept | offline


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
