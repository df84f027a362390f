"""Names on the OpenAI wire: what tuned models, their checkpoints and answers are called there."""

from __future__ import annotations

import re

ORGANISATION = "ladder"
"""The third part of a tuned model's name."""
LAST = 8
"""Characters of a version's id that its name carries."""
LONGEST_SUFFIX = 64
TUNED = "ft:"
"""Begins the name of a tuned model."""
CHECKPOINT = re.compile(r"(ft:.+):ckpt-step-(\d{1,9})")


def tuned(base_model: str, name: str, version_id: str) -> str:
    """Returns the name under which a tuned model answers: `ft:{base}:ladder:{suffix}:{8}`."""
    return f"{TUNED}{base_model}:{ORGANISATION}:{suffix(name, base_model)}:{version_id[-LAST:]}"


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


def answer(inference_id: str, begins: str = "chatcmpl-") -> str:
    """Returns what a kept answer is called: `inference_5f2c` → `chatcmpl-5f2c`."""
    return begins + inference_id.partition("_")[2]


def kept(completion_id: str) -> str:
    """Returns which kept answer is meant: `chatcmpl-5f2c` → `inference_5f2c`; its own id stays."""
    for begins in ("chatcmpl-", "cmpl-"):
        if completion_id.startswith(begins):
            return f"inference_{completion_id.removeprefix(begins)}"
    return completion_id
