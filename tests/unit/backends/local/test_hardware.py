"""What this machine is told to be before a run: a GPU only if the workers can use it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from backends.local import hardware

MIB = 2**20
SHELL = '#!/bin/sh\ncase "$*" in *--id=1*) echo "B, 200, 150";; *) echo "A, 80, 70";; esac\n'
BATCH = '@echo %*| findstr /C:"--id=1" >nul && (echo B, 200, 150) || (echo A, 80, 70)\n'
"""nvidia-smi with two GPUs, as a program of either kind of system."""


def torch_with(folder: Path, cuda: str) -> None:
    package = folder / "torch"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "version.py").write_text(f"debug = False\ncuda: Optional[str] = {cuda}\n")


def with_gpu(folder: Path) -> None:
    windows = sys.platform == "win32"
    program = folder / ("nvidia-smi.bat" if windows else "nvidia-smi")
    program.write_text(BATCH if windows else SHELL)
    program.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a GPU and no torch yet."""
    with_gpu(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    return tmp_path


def test_a_gpu_that_torch_can_use_is_named(machine: Path) -> None:
    torch_with(machine, "'13.0'")
    found = hardware.device()
    assert (found.kind, found.name) == ("cuda", "A")
    assert (found.memory_total, found.memory_free) == (80 * MIB, 70 * MIB)


def test_a_gpu_that_torch_was_built_without_is_not_promised(machine: Path) -> None:
    torch_with(machine, "None")
    assert hardware.device().kind == "cpu"


def test_the_gpu_is_the_one_that_workers_may_see(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch_with(machine, "'13.0'")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,0")
    assert hardware.device().name == "B"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert hardware.device().kind == "cpu"


@pytest.mark.parametrize("answer", ["", "No devices were found", "A, [N/A], 3", "A, 1"])
def test_an_answer_that_names_no_memory_names_no_gpu(answer: str) -> None:
    assert hardware.parse_gpu(answer) is None
