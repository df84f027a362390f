"""Brief: what an arm of a benchmark is told, and how a process of its own is run on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from studio.domain.datasets import Example
from studio.domain.models import BaseModel
from studio.domain.training import Hyperparameters, Method
from studio.domain.values import Value
from tests.benchmarks.output import cores, say

ROOT = Path(__file__).parents[3]

Kind = TypeVar("Kind", bound="Task")


class Task(Value):
    """What every arm is told."""

    folder: Path
    """Where the arm may write; a tuned adapter ends up in `adapter` there."""


class Brief(Task):
    """The task of an arm on banking77: the same rows, adapter and passes for all of them."""

    model: BaseModel
    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    hyperparameters: Hyperparameters
    packing: bool = False
    """Of trl's arm."""
    same_settings: bool = False
    """True gives trl our learning rate, schedule, warm-up and batch size in place of its own."""
    adapters: dict[str, Path | None] = {}
    """Of the scoring arm: name of a model and its adapter, None for the base model."""
    test: tuple[tuple[str, str], ...] = ()
    """Of the scoring arm: (question, topic) rows to answer; none skips accuracy."""


class LongBrief(Task):
    """The task of an arm on long rows of random tokens."""

    model: BaseModel
    hyperparameters: Hyperparameters
    method: Method
    rows: int
    answer_share: float
    packing_length: int
    """Longest row, and the length of trl's packs."""
    liger: bool
    """True lets trl use Liger's kernels."""


def read(kind: type[Kind], arguments: list[str]) -> tuple[Kind, Path]:
    """Returns the task named first on an arm's command line, and where its result goes."""
    task, result = (Path(argument) for argument in arguments)
    return kind.model_validate_json(task.read_bytes()), result


def run_arm(module: str, brief: Task) -> dict[str, Any]:
    """Runs an arm alone in a fresh process on all cores and returns what it measured.

    Raises:
        SystemExit: when the arm fails, with the end of its log.
    """
    brief.folder.mkdir(parents=True, exist_ok=True)
    task, result = brief.folder / "brief.json", brief.folder / "result.json"
    task.write_text(brief.model_dump_json(), encoding="utf-8")
    began = time.monotonic()
    with (brief.folder / "log").open("wb") as log:
        code = subprocess.run(
            [sys.executable, "-m", f"tests.benchmarks.arms.{module}", str(task), str(result)],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=environment(os.environ),
            check=False,
        ).returncode
    if code != 0:
        tail = (brief.folder / "log").read_text(encoding="utf-8", errors="replace")[-3000:]
        raise SystemExit(f"{tail}\nThe arm {brief.folder.name} ended with code {code}.")
    say(f"  {brief.folder.name}: {time.monotonic() - began:.0f} s")
    measured: dict[str, Any] = json.loads(result.read_bytes())
    return measured


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """Returns an arm's environment: all cores, nothing fetched, threads as torch sets them."""
    kept = {name: value for name, value in own.items() if not name.startswith(("OMP_", "KMP_"))}
    return kept | {
        "OMP_NUM_THREADS": str(cores()),
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
