"""Deviations: every place where `/v1` answers otherwise than OpenAI's specification says, and why.

The test of the answers against the specification allows these and nothing else; the reference
prints them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

BYTES = {"type": "string", "format": "binary"}
"""An answer that is a file, byte by byte."""
NULL = {"type": "null"}


class Deviation(NamedTuple):
    """One difference."""

    where: str
    """A field as `Schema.field.field`, or an operation as `METHOD /path`."""
    what: str
    why: str
    allows: Mapping[str, Any] | None = None
    """JSON schema of what may stand there besides; None for a difference in manners only."""
    may_be_absent: bool = False
    """Whether a field that the specification wants may be missing."""


EMPTY = "An empty list has no first and no last, and null says so."

DEVIATIONS: tuple[Deviation, ...] = (
    Deviation("ListFilesResponse.first_id", "It may be null.", EMPTY, NULL),
    Deviation("ListFilesResponse.last_id", "It may be null.", EMPTY, NULL),
    Deviation(
        "FineTuningJob.status",
        "`paused` is a status too.",
        "OpenAI's own answer to /pause carries it; its list of statuses leaves it out.",
        {"const": "paused"},
    ),
    Deviation(
        "GET /files/{file_id}/content",
        "The answer is the file itself.",
        "So it is at OpenAI, whose specification promises a JSON text.",
        BYTES,
    ),
)
