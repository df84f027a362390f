"""Measures: what servers call their metrics and statuses, in the studio's words; result tables."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import math
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from studio.domain.training import METRICS

STATUS: dict[str, Literal["running", "paused", "succeeded", "failed", "cancelled"]] = {
    "validating_files": "running",
    "queued": "running",
    "running": "running",
    "paused": "paused",
    "succeeded": "succeeded",
    "failed": "failed",
    "cancelled": "cancelled",
}
"""The wire's word → ours; a word that is not here is shown as it is and means it goes on."""
TERMINAL = frozenset({"succeeded", "failed", "cancelled"})
NAMES: tuple[tuple[str, str], ...] = (
    ("train_loss", "loss"),
    ("train_mean_token_accuracy", "token_accuracy"),
    ("train_accuracy", "token_accuracy"),
    ("full_valid_loss", "validation_loss"),
    ("valid_loss", "validation_loss"),
    ("full_valid_mean_token_accuracy", "validation_token_accuracy"),
    ("valid_mean_token_accuracy", "validation_token_accuracy"),
    *((name, name) for name in METRICS if name not in ("percent", "eta_seconds")),
)
"""Their name, ours; where two mean the same the first that is given counts."""
HEAD = b"step,"


def numbers(data: Any) -> dict[str, float]:
    """Returns the finite numbers among an event's data under the studio's names."""
    found: dict[str, float] = {}
    if not isinstance(data, Mapping):
        return found
    for theirs, ours in NAMES:
        value = number(data.get(theirs))
        if value is not None and ours not in found:
            found[ours] = value
    for name in ("step", "total_steps"):
        if name in found:
            found[name] = int(found[name])
    step, total = found.get("step"), found.get("total_steps")
    if step is not None and total:
        found["percent"] = min(100.0, 100 * step / total)
    return found


def number(value: Any) -> float | None:
    """Returns a finite number, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        read = float(value)
    except ValueError:
        return None
    return read if math.isfinite(read) else None


def table(content: bytes) -> bytes:
    """Returns a result table in plain; servers often give it as base64."""
    if not content.startswith(HEAD):
        try:
            decoded = base64.b64decode(content.strip(), validate=True)
        except binascii.Error:
            return content
        if decoded.startswith(HEAD):
            return decoded
    return content


def rows(plain: bytes) -> Iterator[dict[str, float]]:
    """Yields the metrics of each row of a result table; what is blank is left out."""
    if not plain.startswith(HEAD):
        return
    for row in csv.DictReader(io.StringIO(plain.decode("utf-8", "replace"))):
        found = numbers(row)
        if "step" in found and len(found) > 1:
            yield found
