"""What Settings shows: this machine, the data folder, and what the studio is made of."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path
from typing import Any

import psutil

from studio.ui.pages import figures

PRODUCT = "ladder-studio"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The facts that decide what can be tuned here."""

    system: str
    processor: str
    cores: int
    memory_total: int
    memory_free: int
    graphics: tuple[str, ...]
    """Graphics cards by name with their memory, empty when there is none."""
    python: str


@dataclass(frozen=True, kw_only=True)
class Folder:
    """The data folder."""

    path: Path
    free: int
    parts: tuple[tuple[str, int], ...]
    """What lies in it, with its bytes."""
    last_backup: datetime | None
    """When the database was last copied; None when it never was."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One package the studio is made of."""

    name: str
    version: str
    licence: str


PARTS = {
    "studio.duckdb": "Database",
    "models": "Base models",
    "runs": "Trainings and tuned models",
    "sources": "Imported files",
    "retrieval": "Document collections",
    "backups": "Backups of the database",
    "logs": "Logs",
}


def machine() -> Machine:
    """Reads the facts of this machine without loading a heavy library."""
    memory = psutil.virtual_memory()
    return Machine(
        system=f"{platform.system()} {platform.release()}",
        processor=_processor(),
        cores=_cores(),
        memory_total=int(memory.total),
        memory_free=int(memory.available),
        graphics=tuple(_graphics()),
        python=platform.python_version(),
    )


def folder(path: Path) -> Folder:
    """Measures the data folder."""
    return Folder(
        path=path,
        free=shutil.disk_usage(path).free,
        parts=tuple((title, _bytes(path / name)) for name, title in PARTS.items()),
        last_backup=_last_backup(path / "backups"),
    )


def _last_backup(folder: Path) -> datetime | None:
    whole = [made.parent.stat().st_mtime for made in folder.glob("[!.]*/manifest.json")]
    return datetime.fromtimestamp(max(whole), UTC) if whole else None


def parts() -> list[Part]:
    """Returns the packages that the studio needs, with version and licence, by name."""
    found = []
    try:
        lines = requires(PRODUCT) or []
    except PackageNotFoundError:  # run from its source: nothing says what it needs
        return []
    for line in lines:
        if "extra ==" in line:
            continue
        name = line.split(";")[0]
        for mark in "<>=!~[ ":
            name = name.split(mark)[0]
        try:
            found.append(Part(name=name, version=version(name), licence=_licence(name)))
        except PackageNotFoundError:
            continue
    return sorted(found, key=lambda part: part.name.casefold())


def _licence(name: str) -> str:
    told: Any = metadata(name)  # an email.message.Message; its protocol is narrower
    expression = told.get("License-Expression")
    if expression:
        return str(expression)
    classified = [
        line.rpartition(" :: ")[2]
        for line in told.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    # Some packages put the whole licence text into the short field.
    short = str(told.get("License") or "").strip().splitlines()
    return ", ".join(classified) or (short[0][:60] if short else "see the package")


def _cores() -> int:
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _graphics() -> Iterator[str]:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return
    ask = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(ask, capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return
    for line in told.splitlines():
        name, _, mebibytes = line.partition(",")
        if mebibytes.strip().isdigit():
            yield f"{name.strip()}, {figures.size(int(mebibytes) * 1_048_576)}"


def _bytes(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    total = 0
    for base, _, names in os.walk(path):
        for name in names:
            try:
                total += (Path(base) / name).stat().st_size
            except OSError:  # a run may clean up while we count
                continue
    return total
