"""Endings: every way a training run can stop, as a plain sentence with what to do next."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass

from backends.local.runs import Result
from backends.local.trainer.loop import Diverged
from studio.domain.errors import InvalidDataset, StorageFailed, StudioError
from studio.domain.jobs import FailureKind

KEPT = "Checkpoints already saved are kept."
NO_MEMORY = (
    "can't allocate memory",
    "Cannot allocate memory",
    "bad_alloc",
    "out of memory",
    "could not create a primitive",
    "could not create a memory",
)
"""How torch, the C library, C++, CUDA and oneDNN (twice) say that memory ran out."""
NO_ROOM = ("No space left on device", "os error 28", "Disk quota exceeded", "File too large")
"""How the system and safetensors say that the disk is full."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """One kind of failure."""

    failure: FailureKind
    applies: Callable[[BaseException], bool]
    message: str
    """What happened and what to do; `{error}` stands for the error's own words."""


def _no_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or any(words in str(error) for words in NO_MEMORY)


def _no_room(error: BaseException) -> bool:
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return full or any(words in str(error) for words in NO_ROOM)


ENDINGS = (
    Ending(
        failure="nan",
        applies=lambda error: isinstance(error, Diverged),
        message="Training diverged: the loss stopped being a finite number, or the model became "
        "no better than guessing. Lower the learning rate to a tenth and start again.",
    ),
    Ending(
        failure="disk",
        applies=_no_room,
        message=f"The disk is full. Free some space, then press Resume. {KEPT}",
    ),
    Ending(
        failure="oom",
        applies=_no_memory,
        message="The device ran out of memory. Choose QLoRA, a smaller batch, a shorter "
        f"sequence length or a smaller model. {KEPT}",
    ),
    Ending(
        failure="disk",
        applies=lambda error: isinstance(error, StorageFailed | OSError),
        message=f"The disk refused: {{error}} {KEPT}",
    ),
    Ending(
        failure="data",
        applies=lambda error: isinstance(error, InvalidDataset),
        message="{error}",
    ),
    Ending(
        failure="model",
        applies=lambda error: isinstance(error, StudioError),
        message="{error}",
    ),
)
"""The first that applies tells how the run ended."""


def explained(error: BaseException) -> Result:
    """Turns any error that ended a run into its result."""
    for ending in ENDINGS:
        if ending.applies(error):
            message = ending.message.format(error=error)
            return Result(status="failed", failure=ending.failure, message=message)
    return Result(
        status="failed",
        failure="internal",
        message=f"The worker stopped on an error it does not know: {type(error).__name__}: "
        f"{error}. The details are in its log. {KEPT}",
    )
