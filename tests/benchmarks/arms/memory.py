"""The device an arm trains on, and the most memory that took."""

from __future__ import annotations

import psutil
import torch

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def highest() -> dict[str, int]:
    """Returns the bytes in tensors and the bytes taken from the GPU at the peak."""
    if DEVICE.type == "cuda":
        return {
            "memory_bytes": torch.cuda.max_memory_allocated(DEVICE),
            "memory_reserved_bytes": torch.cuda.max_memory_reserved(DEVICE),
        }
    held = psutil.Process().memory_info().rss
    return {"memory_bytes": held, "memory_reserved_bytes": held}
