"""Origin: where a model folder came from and under which licence, kept as origin.json inside it."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from studio.domain.errors import ModelRefused
from studio.domain.models import ModelSource
from studio.domain.values import Value

NAME = "origin.json"

SPDX = {
    "apache-2.0": "Apache-2.0",
    "mit": "MIT",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "cc-by-4.0": "CC-BY-4.0",
    "cc-by-sa-4.0": "CC-BY-SA-4.0",
    "cc-by-nc-4.0": "CC-BY-NC-4.0",
    "cc0-1.0": "CC0-1.0",
    "gpl-3.0": "GPL-3.0-only",
    "openrail": "unknown",
}
"""Licence words of model cards → SPDX ids; a licence that is not here has no SPDX id we know."""


class Origin(Value):
    """Where a model folder came from."""

    name: str
    """Name as its publisher spells it."""
    source: ModelSource
    revision: str
    """Commit, wheel version or folder hash."""
    licence: str
    """SPDX id where known, otherwise `unknown`."""
    created_at: datetime
    """When it was brought in."""


def write(folder: Path, origin: Origin) -> None:
    """Keeps the origin in the folder."""
    (folder / NAME).write_text(origin.model_dump_json(indent=1), encoding="utf-8")


def read(folder: Path) -> Origin:
    """Returns the origin of a folder; raises ModelRefused when it has none."""
    try:
        return Origin.model_validate_json((folder / NAME).read_bytes())
    except (OSError, ValueError) as error:
        raise ModelRefused(
            f"The folder {folder.name} does not say where it came from.",
            hint="Fetch the model again.",
        ) from error


def licence_of_card(folder: Path) -> str:
    """Returns the SPDX id named at the top of README.md, or `unknown`."""
    try:
        card = (folder / "README.md").read_text(encoding="utf-8", errors="replace")[:20_000]
    except OSError:
        return "unknown"
    found = re.match(r"---\n.*?^license:\s*['\"]?([\w.-]+)", card, re.DOTALL | re.MULTILINE)
    return SPDX.get(found.group(1).lower(), "unknown") if found else "unknown"
