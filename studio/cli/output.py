"""Output: data goes to stdout, talk goes to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import typer

SCALES = (("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("bytes", 1))


def say(text: str) -> None:
    """Writes talk: what is being done, what went wrong."""
    typer.echo(text, err=True)


def give(text: str) -> None:
    """Writes data for people."""
    typer.echo(text)


def give_json(value: Any, *, one_line: bool = False) -> None:
    """Writes data for machines; studio values are written field by field."""
    from pydantic_core import to_jsonable_python

    plain = to_jsonable_python(value)
    text = json.dumps(plain, ensure_ascii=False, indent=None if one_line else 2)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    typer.echo(text)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Returns aligned columns as text; cells lose their line breaks, nothing else."""
    lines = [tuple(heads), *(tuple(_cell(cell) for cell in row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def size(count: float | None) -> str:
    """Returns bytes in words, `unknown` for None."""
    if count is None:
        return "unknown"
    unit, scale = next((u, s) for u, s in SCALES if count >= s or s == 1)
    return f"{count / scale:.{0 if scale == 1 else 1}f} {unit}"


def duration(seconds: float | None) -> str:
    """Returns seconds in words, `unknown` for None."""
    if seconds is None:
        return "unknown"
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return " ".join(str(value).split())
