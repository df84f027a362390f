"""Arm: our engine on long rows, in this process, its second pass over the rows timed."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import torch

from backends.local.train import memory_in_use
from backends.local.trainer import adapters, batches
from backends.local.trainer.checkpoints import Checkpoints
from backends.local.trainer.learning import Answers
from backends.local.trainer.loop import Loop, Material
from backends.local.trainer.scoring import Scorer
from tests.benchmarks.arms.brief import LongBrief, read
from tests.benchmarks.arms.eight_billion import rows
from tests.benchmarks.arms.memory import DEVICE, highest


class Times:
    """The moment at which each step was done."""

    def __init__(self) -> None:
        self.steps: list[float] = []
        self.log: list[str] = []

    def write(self, kind: str, message: str = "", **data: Any) -> None:
        if kind == "metrics" and "total_steps" in data:
            self.steps.append(time.perf_counter())
        elif message:
            self.log.append(message)


def train(brief: LongBrief) -> dict[str, object]:
    """Trains two passes; the first one warms up and is not timed."""
    settings, times = brief.hyperparameters, Times()
    items = rows(brief.rows, brief.packing_length, brief.model.facts.vocabulary, brief.answer_share)
    tuned = adapters.attach(brief.model, settings, brief.method, DEVICE)
    scorer = Scorer(tuned)
    times.log.append(scorer.use_decoder(items[:2]))
    loop = Loop(
        Answers(scorer),
        adapters.trainable(tuned),
        Material(train=items, validation=[]),
        settings,
        Checkpoints(brief.folder / "checkpoints"),
        times,
        most_tokens=batches.MOST_TOKENS,
        cancelled=lambda: False,
        memory=lambda: memory_in_use(DEVICE),
    )
    loop.run()
    warm = len(times.steps) // 2
    return {
        "tokens": sum(len(item.ids) for item in items),
        "answers": sum(item.n_answer for item in items),
        "seconds": times.steps[-1] - times.steps[warm - 1],
        "steps": len(times.steps),
        **highest(),
        "log": times.log,
    }


if __name__ == "__main__":
    task, result = read(LongBrief, sys.argv[1:])
    torch.manual_seed(task.hyperparameters.seed)
    result.write_text(json.dumps(train(task)), encoding="utf-8")
