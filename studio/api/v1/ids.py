"""Ids in OpenAI's shapes, made from our own and back again; a foreign shape is nothing of ours."""

from __future__ import annotations

import re

from studio.api.v1.errors import missing

ORGANISATION = "ladder"
"""The third part of a tuned model's name."""
LAST = 8
"""Characters of a version's id that its name carries."""
LONGEST_SUFFIX = 64

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
CHECKPOINT = re.compile(r"(ft:.+):ckpt-step-(\d{1,9})")


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


def tuned(base_model: str, name: str, version_id: str) -> str:
    """Returns the name under which a tuned model answers: `ft:{base}:ladder:{suffix}:{8}`."""
    return f"ft:{base_model}:{ORGANISATION}:{suffix(name, base_model)}:{version_id[-LAST:]}"


def suffix(name: str, base_model: str) -> str:
    """Returns the part of a tuned model's name that says what it is called.

    It is empty for a run that nobody named: those are called after their base model.
    """
    if name.startswith(base_model):
        return ""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:LONGEST_SUFFIX].strip("-")


def checkpoint(model: str, step: int) -> str:
    """Returns the name under which a checkpoint of a tuned model answers."""
    return f"{model}:ckpt-step-{step}"


def parted(model: str) -> tuple[str, int | None]:
    """Returns a tuned model's name without its checkpoint, and the checkpoint's step or None."""
    found = CHECKPOINT.fullmatch(model)
    return (found[1], int(found[2])) if found else (model, None)
