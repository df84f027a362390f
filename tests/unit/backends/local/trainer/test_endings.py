"""Every error that can end a run becomes a sentence with what to do, and the right word."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import get_args

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from backends.local.trainer.endings import ENDINGS, explained
from backends.local.trainer.loop import Diverged
from studio.domain.errors import InvalidDataset, ModelRefused, StorageFailed
from studio.domain.jobs import FailureKind
from tests.small_disk import mounted


@pytest.mark.parametrize(
    ("error", "kind", "advice"),
    [
        (Diverged(), "nan", "learning rate"),
        (MemoryError(), "oom", "QLoRA"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "oom", "QLoRA"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "oom", "QLoRA"),
        (RuntimeError("std::bad_alloc"), "oom", "QLoRA"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "oom", "QLoRA"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk", "Resume"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "disk", "Resume"),
        (SafetensorError("I/O error: No space left on device (os error 28)"), "disk", "Resume"),
        (StorageFailed("It could not be written: Input/output error."), "disk", "Input/output"),
        (PermissionError(errno.EACCES, "Permission denied"), "disk", "Permission denied"),
        (InvalidDataset("Row 3: no.", hint="Choose another."), "data", "Choose another."),
        (ModelRefused("A file was altered.", hint="Fetch it again."), "model", "Fetch it again."),
        (ZeroDivisionError("division by zero"), "internal", "ZeroDivisionError: division by zero"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_an_error_becomes_a_sentence(error: Exception, kind: str, advice: str) -> None:
    result = explained(error)
    assert (result.status, result.failure) == ("failed", kind)
    assert advice in result.message
    assert result.message[0].isupper()
    assert result.message.endswith(".")


def test_real_allocations_that_fail_are_told_as_memory() -> None:
    with pytest.raises(RuntimeError) as refused:
        torch.empty(2**60, dtype=torch.uint8)
    assert explained(refused.value).failure == "oom"


def test_a_real_full_disk_is_told_as_one(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", size=40_000) as disk:
        with pytest.raises(SafetensorError) as refused:
            save_file({"a": torch.zeros(50_000)}, disk / "a.safetensors")
        assert explained(refused.value).failure == "disk"
        with pytest.raises(OSError) as full:
            (disk / "b").write_bytes(b"\0" * 100_000)
        assert explained(full.value).failure == "disk"


def test_every_ending_has_a_word_that_jobs_know() -> None:
    assert {ending.failure for ending in ENDINGS} <= set(get_args(FailureKind))
