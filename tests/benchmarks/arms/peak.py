"""Arm: the bf16 matrix-multiply peak of this machine, the best of several square products."""

from __future__ import annotations

import json
import sys
import time

import torch

from tests.benchmarks.arms.brief import Task, read

SIZES = {"cpu": (1024, 2048, 3072, 4096), "cuda": (4096, 8192, 16384)}
REPEATS = 6


def peak(device: torch.device) -> float:
    """Returns the highest rate reached, in operations per second."""
    return max(_rate(size, device) for size in SIZES[device.type])


def _rate(size: int, device: torch.device) -> float:
    left = torch.randn(size, size, device=device).to(torch.bfloat16)
    right = torch.randn(size, size, device=device).to(torch.bfloat16)
    best = 0.0
    for _ in range(REPEATS):
        _wait(device)
        began = time.perf_counter()
        # As in a linear layer, the second matrix is read transposed.
        left @ right.t()
        _wait(device)
        best = max(best, 2.0 * size**3 / (time.perf_counter() - began))
    return best


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


if __name__ == "__main__":
    _, result = read(Task, sys.argv[1:])
    where = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    result.write_text(json.dumps({"peak": peak(where)}), encoding="utf-8")
