"""Hardware: what this machine can train on and what is free there, without loading torch."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, kw_only=True)
class Device:
    """The place where training would run now."""

    kind: Literal["cpu", "cuda"]
    name: str
    """In words, for example `CPU, 2 cores` or `NVIDIA L4`."""
    memory_total: int
    """Bytes."""
    memory_free: int
    """Bytes that can be used without pushing anything out."""
    cores: int


def device() -> Device:
    """Returns the first NVIDIA GPU, or the CPU."""
    return _gpu() or _cpu()


def disk_free(folder: Path) -> int:
    """Returns the free bytes on the disk that holds the folder."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _cpu() -> Device:
    memory = psutil.virtual_memory()
    total, free = memory.total, memory.available
    limit = _container_limit()
    if limit is not None and limit < total:
        used = int((CGROUP / "memory.current").read_text())
        total, free = limit, min(free, limit - used)
    cores = _usable_cores()
    return Device(
        kind="cpu",
        name=f"CPU, {cores} cores ({platform.machine()})",
        memory_total=total,
        memory_free=free,
        cores=cores,
    )


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _container_limit() -> int | None:
    try:
        text = (CGROUP / "memory.max").read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None


def _gpu() -> Device | None:
    program = shutil.which("nvidia-smi")
    # Workers take the first GPU they may see; the numbers mean the same to both (`process.py`).
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0].strip()
    if program is None or chosen in ("", "-1") or not torch_has_cuda():
        return None
    query = ("--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits")
    try:
        answer = subprocess.run(
            [program, f"--id={chosen}", *query],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_gpu(answer)


def torch_has_cuda() -> bool:
    """Says whether the installed torch can use an NVIDIA GPU, read from its files, not imported.

    The package that pip takes on Windows cannot, whatever GPU is there.
    """
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return False
    try:
        text = Path(found.origin).with_name("version.py").read_text(encoding="utf-8")
    except OSError:
        return False
    return any(line.startswith("cuda") and not line.endswith("None") for line in text.splitlines())


def parse_gpu(answer: str) -> Device | None:
    """Reads the first line of nvidia-smi's answer (name, total MiB, free MiB)."""
    fields = (
        [field.strip() for field in answer.splitlines()[0].split(",")] if answer.strip() else []
    )
    if len(fields) != 3 or not (fields[1].isdigit() and fields[2].isdigit()):
        return None
    return Device(
        kind="cuda",
        name=fields[0],
        memory_total=int(fields[1]) * 2**20,
        memory_free=int(fields[2]) * 2**20,
        cores=_usable_cores(),
    )
