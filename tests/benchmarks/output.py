"""How a benchmark speaks: talk on stderr, a table for people, one JSON object as the last line."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LIBRARIES = ("torch", "transformers", "peft", "trl", "bitsandbytes", "liger-kernel")


def say(text: str) -> None:
    """Tells a person how far the benchmark is."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def give(rows: Sequence[Sequence[str]], figures: Mapping[str, Any], *, as_json: bool) -> None:
    """Writes the table and, last on stdout, the figures; with `as_json` stdout has nothing else."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        (sys.stderr if as_json else sys.stdout).write("  ".join(cells).rstrip() + "\n")
    sys.stdout.write(json.dumps(figures) + "\n")


def circumstances() -> dict[str, Any]:
    """Returns where and when a figure was measured, and with which libraries."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{_processor()}, {cores()} cores, {platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": {name: found for name in LIBRARIES if (found := _installed(name))},
    }


def cores() -> int:
    """Returns how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown processor"


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
