"""Probe worker: `python -m backends.local.probe FOLDER`; trains some seconds to know the speed."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer

from backends.durable import replace
from backends.local import process
from backends.local.train import memory_in_use
from backends.local.trainer import adapters, batches, encoding
from backends.local.trainer.checkpoints import Checkpoints
from backends.local.trainer.learning import Answers
from backends.local.trainer.loop import Cancelled, Loop, Material
from backends.local.trainer.scoring import Scorer
from studio.domain.datasets import Example
from studio.domain.models import BaseModel
from studio.domain.training import Hyperparameters, Method

FEWEST = 2
"""Steps that must be timed, however long they take."""


class Clock:
    """Hears the loop's news, leaves the first step out and says when the time is up."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began: float | None = None
        self.steps = 0
        self.spent = 0.0
        self.tokens = 0.0
        self.memory = 0

    def write(self, kind: str, message: str = "", **data: Any) -> None:
        """Takes one event; the first step pays for what is prepared once."""
        if kind != "metrics" or "tokens_per_second" not in data:
            return
        now = time.monotonic()
        self.memory = max(self.memory, int(data["memory_bytes"]))
        if self._began is None:
            self._began = now
        else:
            self.steps += 1
            self.spent = now - self._began
        sys.stdout.write(json.dumps({"share": min(1.0, self.spent / self._seconds)}) + "\n")
        sys.stdout.flush()

    def up(self) -> bool:
        """Says whether enough was tried."""
        return self.steps >= FEWEST and self.spent >= self._seconds


class Nothing(Checkpoints):
    """Keeps no checkpoint: what a probe trains is thrown away."""

    def save(self, *given: object) -> Path:
        """Writes nothing."""
        return Path()


def main(arguments: list[str]) -> int:
    """Trains on the folder's examples and writes `result.json` beside them."""
    process.die_with_parent()
    (folder,) = (Path(argument) for argument in arguments)
    asked = json.loads((folder / "probe.json").read_text(encoding="utf-8"))
    model = BaseModel.model_validate(asked["model"])
    settings = Hyperparameters(epochs=50, evaluations=1, early_stopping=0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = AutoTokenizer.from_pretrained(model.path, local_files_only=True)
    rows = encoding.encode(tokenizer, (Example.model_validate(row) for row in asked["examples"]))
    tuned = adapters.attach(model, settings, Method(asked["method"]), device)
    scorer = Scorer(tuned)
    scorer.use_decoder(rows[:4])
    clock = Clock(float(asked["seconds"]))
    loop = Loop(
        Answers(scorer),
        adapters.trainable(tuned),
        Material(train=rows, validation=()),
        settings,
        Nothing(folder),
        clock,
        most_tokens=batches.MOST_TOKENS,
        cancelled=clock.up,
        memory=lambda: memory_in_use(device),
    )
    first = _first_tokens(rows, settings)
    with contextlib.suppress(Cancelled):
        loop.run()
    done = {
        "steps": clock.steps,
        "tokens": max(0, loop.progress.tokens - first),
        "seconds": clock.spent,
        "memory_bytes": clock.memory,
        "device": torch.cuda.get_device_name() if device.type == "cuda" else "CPU",
    }
    replace(folder / "result.json", json.dumps(done))
    return 0


def _first_tokens(rows: list[encoding.Encoded], settings: Hyperparameters) -> int:
    """Returns the tokens of the first step, which is not timed."""
    schedule = batches.Schedule(
        examples=len(rows), batch_size=settings.batch_size, epochs=settings.epochs
    )
    chosen = batches.batch_at([len(row.ids) for row in rows], schedule, settings.seed, 0)
    return sum(len(rows[n].ids) for n in chosen)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
