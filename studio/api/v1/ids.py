"""Ids in OpenAI's shapes, made from our own and back again; a foreign shape is nothing of ours."""

from __future__ import annotations

import re

from studio.api.v1.errors import missing
from studio.domain.wire_names import checkpoint, parted, tuned

__all__ = ["checkpoint", "ours", "parted", "theirs", "tuned"]

KINDS = {
    "file": "file-",
    "upload": "upload_",
    "part": "part_",
    "job": "ftjob-",
    "event": "ftevent-",
    "checkpoint": "ftckpt_",
    "batch": "batch_",
    "inference": "chatcmpl-",
}
"""Our word for a thing → how OpenAI begins its ids. `inference_` is also `cmpl-`; see `ours`."""
SHAPE = re.compile(r"[0-9a-z_]{1,64}")


def theirs(id: str, prefix: str | None = None) -> str:
    """Returns one of our ids in OpenAI's shape: `job_5f2c` → `ftjob-5f2c`."""
    kind, _, rest = id.partition("_")
    return (prefix or KINDS[kind]) + rest


def ours(id: str, kind: str, *, prefix: str | None = None, word: str = "") -> str:
    """Returns our id of one that a client gave: `ftjob-5f2c` → `job_5f2c`.

    Raises:
        ApiError: 404 when the id does not have the shape of that kind.
    """
    begins = prefix or KINDS[kind]
    rest = id.removeprefix(begins)
    if not id.startswith(begins) or SHAPE.fullmatch(rest) is None:
        raise missing(f"No such {word or kind}: {id[:80]}", "id")
    return f"{kind}_{rest}"
