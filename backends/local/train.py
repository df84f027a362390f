"""Training worker: `python -m backends.local.train RUN_FOLDER`; reads its spec, writes its news.

Runs on its own: it outlives the studio and the browser, and speaks through the run folder only.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import torch
from torch import nn
from transformers import AutoTokenizer

from backends.local import estimate, hardware, lengths, manifest
from backends.local.lengths import Counted
from backends.local.runs import CANCELLED, PAUSED, EventWriter, Heartbeat, Result, RunFolder
from backends.local.trainer import (
    adapters,
    batches,
    checkpoints,
    encoding,
    endings,
    pairs,
    preferences,
    publishing,
)
from backends.local.trainer.batches import Item
from backends.local.trainer.checkpoints import Checkpoints, Progress
from backends.local.trainer.learning import Answers, Learning
from backends.local.trainer.loop import Cancelled, Loop, Material
from backends.local.trainer.scoring import Scorer
from studio.domain.errors import InvalidDataset, ModelRefused
from studio.domain.training import Method, Objective
from studio.domain.values import now

BEAT_SECONDS = 2.0
PATIENCE = 25.0
"""Seconds a worker that was asked to stop or wait has to save a checkpoint; then it just ends."""
SAMPLE = 4
"""Examples on which the fast decoder is compared with transformers."""


class Worker:
    """One training worker."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._spec = folder.spec()
        self._news = EventWriter(folder)
        self._step = 0
        self._stop = threading.Event()
        self._asked: float | None = None

    def work(self) -> int:
        """Trains and writes the result; returns the exit code."""
        signal.signal(signal.SIGTERM, lambda *_: self._stop.set())
        threading.Thread(target=self._watch, name="heartbeat", daemon=True).start()
        try:
            self._folder.reserve()
            result = self._train()
        except Cancelled:
            result = self._stopped()
        except Exception as error:  # noqa: BLE001 - the last frame: every end becomes a sentence
            traceback.print_exc()
            result = endings.explained(error)
        if result.status == "failed":
            self._tell_failure(result)
        self._folder.finish(result.with_(step=self._step))
        return 0 if result.status == "succeeded" else 1

    def _tell_failure(self, result: Result) -> None:
        try:
            self._news.write("failure", result.message, failure=result.failure)
        except OSError:
            traceback.print_exc()  # A full disk: the result says the same, in room kept for it.

    def _train(self) -> Result:
        spec = self._spec.training
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._news.write("phase", "Checking the base model.")
        manifest.verify(Path(self._spec.model.path), self._spec.model.manifest_sha256)
        tokenizer = AutoTokenizer.from_pretrained(self._spec.model.path, local_files_only=True)
        self._news.write("phase", "Preparing the examples.")
        material = self._material(tokenizer)
        self._refuse_long(material)
        self._news.write("phase", "Loading the base model.")
        recompute = self._memory_is_short(material.train)
        tuned = adapters.attach(self._spec.model, spec.hyperparameters, spec.method, device)
        if spec.method is Method.QLORA:
            taken, weights = adapters.frozen_bytes(tuned)
            self._news.write("log", f"{weights} frozen weights take {taken} bytes in NF4.")
        scorer = Scorer(tuned, recompute=recompute)
        sample = [row for item in material.train[:SAMPLE] for row in item.rows]
        self._news.write("log", scorer.use_decoder(sample[:SAMPLE]))
        parameters = adapters.trainable(tuned)
        kept = Checkpoints(
            self._folder.checkpoints, lambda aside: publishing.describe(tuned, self._spec, aside)
        )
        learning, material = self._learning(scorer, material)
        loop = Loop(
            learning,
            parameters,
            material,
            spec.hyperparameters,
            kept,
            _Follower(self),
            most_tokens=batches.MOST_TOKENS,
            cancelled=self._cancelled,
            memory=lambda: memory_in_use(device),
        )
        if loop.resume():
            self._news.write("log", f"Going on from the checkpoint at step {loop.progress.step}.")
        self._news.write("phase", "Training.")
        progress = self._best(loop.run(), kept, parameters)
        self._news.write("phase", "Saving the tuned model.")
        publishing.publish(tuned, tokenizer, self._spec, progress, self._folder.adapter)
        self._news.write("result", "The tuned model is ready.")
        return Result(status="succeeded", validation_loss=progress.best_loss)

    def _material(self, tokenizer: Any) -> Material[Any]:
        encoded = pairs.pairs if self._preferences else encoding.encode
        return Material(
            train=encoded(tokenizer, self._folder.examples("train")),
            validation=encoded(tokenizer, self._folder.examples("validation")),
        )

    def _learning(
        self, scorer: Scorer, material: Material[Any]
    ) -> tuple[Learning[Any], Material[Any]]:
        """Returns how to learn, and the material as that needs it."""
        if not self._preferences:
            return Answers(scorer), material
        before = self._folder.reference()
        if before is None:
            self._news.write("phase", "Asking the model before tuning for its preferences.")
            every = (*material.train, *material.validation)
            before = preferences.reference(scorer, every, batches.MOST_TOKENS, self._heed)
            self._folder.keep_reference(before)
        n = len(material.train)
        return preferences.Preferences(scorer, self._spec.training.hyperparameters.beta), Material(
            train=pairs.compared(material.train, before[:n]),
            validation=pairs.compared(material.validation, before[n:]),
        )

    @property
    def _preferences(self) -> bool:
        return self._spec.training.objective is Objective.DPO

    def _heed(self) -> None:
        if self._cancelled():
            raise Cancelled

    def _best(
        self, progress: Progress, kept: Checkpoints, parameters: dict[str, nn.Parameter]
    ) -> Progress:
        """Puts the best checkpoint into the parameters and returns the progress that fits them."""
        if progress.best_step in (None, progress.step):
            return progress
        try:
            checkpoints.load_parameters(kept.at(progress.best_step), parameters)
        except ModelRefused as error:
            self._news.write("log", f"The last checkpoint is used, not the best: {error}")
            step, loss = progress.validation_losses[-1]
            return progress.with_(best_step=step, best_loss=loss)
        return progress

    def _memory_is_short(self, train: Sequence[Item]) -> bool:
        """Says whether layers must be computed twice instead of kept; looked at before loading."""
        spec = self._spec.training
        rows = [row for item in train for row in item.rows]
        counted = [Counted(len(row.ids), row.n_answer) for row in rows]
        together = len(rows) // max(1, len(train))
        size = lengths.sizes(counted, batches.shared_prefix(rows), together)
        way = estimate.way(
            self._spec.model.facts, spec.method, spec.hyperparameters, size, hardware.device()
        )
        if way.recompute:
            self._news.write("log", "Memory is short: layers are computed twice, not kept.")
        return way.recompute

    def _refuse_long(self, material: Material[Any]) -> None:
        limit = self._spec.training.hyperparameters.sequence_length
        long = [e for e in (*material.train, *material.validation) if e.longest > limit]
        if long:
            raise InvalidDataset(
                f"{len(long)} examples are longer than {limit} tokens.",
                hint="Raise the sequence length, or leave these rows out before starting.",
            )

    def noticed(self, kind: str, data: dict[str, object]) -> None:
        """Keeps the step for the heartbeat."""
        if kind == "metrics" and isinstance(data.get("step"), int):
            self._step = int(str(data["step"]))

    def report(self, kind: str, message: str, data: dict[str, object]) -> None:
        """Writes one event."""
        self._news.write(kind, message, **data)

    def _cancelled(self) -> bool:
        return self._to_stop() or self._folder.pause_requested()

    def _to_stop(self) -> bool:
        return self._stop.is_set() or self._folder.cancel_requested()

    def _stopped(self) -> Result:
        """Whoever asked to stop wins over whoever asked to wait."""
        return CANCELLED if self._to_stop() else PAUSED

    def _watch(self) -> None:
        """Gives signs of life, and ends a worker that does not come to stopping by itself."""
        me = psutil.Process()
        started = me.create_time()
        while True:
            beat = Heartbeat(
                pid=me.pid, started=started, token=self._spec.token, step=self._step, at=now()
            )
            try:
                self._folder.beat(beat)
            except OSError:
                traceback.print_exc()  # A full disk is told of by the next checkpoint.
            if self._cancelled():
                self._asked = self._asked or time.monotonic()
                if time.monotonic() - self._asked > PATIENCE:
                    self._folder.finish(self._stopped().with_(step=self._step))
                    os._exit(1)
            time.sleep(BEAT_SECONDS)


class _Follower:
    """Passes the loop's news on and keeps the worker's step."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def write(self, kind: str, message: str = "", **data: object) -> None:
        """Takes one event."""
        self._worker.noticed(kind, data)
        self._worker.report(kind, message, data)


def memory_in_use(device: torch.device) -> int:
    """Returns the most bytes this worker has held: on the GPU, or in main memory on a CPU."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_reserved(device))
    now = psutil.Process().memory_info()
    most = getattr(now, "peak_wset", 0)  # Windows keeps it beside the rest.
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        status = ""
    lines = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    if lines:
        most = 1024 * int(lines[0].split()[1])
    return max(int(now.rss), int(most))


def main(arguments: list[str]) -> int:
    """Runs one worker on the folder named on the command line."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m backends.local.train RUN_FOLDER\n")
        return 2
    return Worker(RunFolder(Path(arguments[0]))).work()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
