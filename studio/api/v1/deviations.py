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
    Deviation(
        "Embedding.embedding",
        "With `encoding_format` `base64` it is a text.",
        "So it is at OpenAI, whose own client asks for it; the specification knows numbers only.",
        {"type": "string", "contentEncoding": "base64"},
    ),
    Deviation(
        "CreateCompletionResponse.choices.finish_reason",
        "It is null in every piece of a stream but the last.",
        "So it is at OpenAI, whose specification describes the whole answer only.",
        NULL,
    ),
    Deviation(
        "POST /chat/completions",
        "Where there are several answers, each choice has an `answer_id`.",
        "Each is kept by itself, and feedback on it is sent to that id. A single answer goes by "
        "the `id` of the whole.",
    ),
    Deviation(
        "POST /completions",
        "Models on this machine go on with the prompt; those behind endpoints get it as a question.",
        "Few servers still go on with a bare text.",
    ),
)
