"""Loop: steps, validation, checkpoints, early stopping; a resumed run gives the same numbers."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol

import torch
from torch import nn

from backends.local.trainer import batches, checkpoints
from backends.local.trainer.batches import T
from backends.local.trainer.checkpoints import Checkpoints, Progress
from backends.local.trainer.learning import Learning
from studio.domain.training import Hyperparameters

STRIKES = 3
"""Steps in a row with a lost loss or gradient before the run is given up."""
SOLVED = 0.01
"""Loss, in nats, below which there may be nothing left to correct."""


class Diverged(Exception):
    """Loss or gradient was lost for STRIKES steps, or nothing better than guessing came out."""


class Cancelled(Exception):
    """Somebody asked the run to stop; a checkpoint has been saved."""


class Reporter(Protocol):
    """Where the loop tells its news."""

    def write(self, kind: str, message: str = "", **data: Any) -> None:
        """Takes one event."""


@dataclass(frozen=True, kw_only=True)
class Material(Generic[T]):
    """What is trained on."""

    train: Sequence[T]
    validation: Sequence[T]


class Loop(Generic[T]):
    """One run over its steps."""

    def __init__(
        self,
        learning: Learning[T],
        parameters: dict[str, nn.Parameter],
        material: Material[T],
        hyperparameters: Hyperparameters,
        kept: Checkpoints,
        news: Reporter,
        *,
        most_tokens: int,
        cancelled: Callable[[], bool],
        memory: Callable[[], int],
    ) -> None:
        self._learning, self._parameters, self._material = learning, parameters, material
        self._settings, self._kept, self._news = hyperparameters, kept, news
        self._most_tokens, self._cancelled, self._memory = most_tokens, cancelled, memory
        self._lengths = [item.longest for item in material.train]
        self._schedule = batches.Schedule(
            examples=len(material.train),
            batch_size=hyperparameters.batch_size,
            epochs=hyperparameters.epochs,
        )
        self._optimizer = torch.optim.AdamW(
            paced(parameters, hyperparameters.lora_plus),
            lr=hyperparameters.learning_rate,
            fused=True,
            weight_decay=hyperparameters.weight_decay,
        )
        self._every = max(1, math.ceil(self._schedule.total_steps / hyperparameters.evaluations))
        self._batches = batches.Batches(self._lengths, self._schedule, hyperparameters.seed)
        self._strikes = 0
        self.progress = Progress()

    def resume(self) -> bool:
        """Takes up the newest whole checkpoint; False when there is none."""
        folder = self._kept.newest_whole()
        if folder is None:
            return False
        checkpoints.load_parameters(folder, self._parameters)
        checkpoints.load_optimizer(folder, self._parameters, self._optimizer)
        self.progress = checkpoints.load_progress(folder)
        return True

    def run(self) -> Progress:
        """Trains to the end or to early stopping; returns the progress, best checkpoint included.

        Raises:
            Diverged: after STRIKES steps in a row with a lost loss or gradient, or at the end
                when the best validation loss is no better than guessing at random.
            Cancelled: when asked to stop, after saving a checkpoint.
        """
        total = self._schedule.total_steps
        while True:
            # Asked first: a run that was stopped while it measured begins with that measurement.
            if self._measurement_due():
                self._measure_and_save()
            if self.progress.step >= total or self.progress.stopped_early:
                best = self.progress.best_loss
                if best is not None and best >= self._learning.chance:
                    raise Diverged
                return self.progress
            self._heed()
            self._one_step(self.progress.step, total)

    def _measurement_due(self) -> bool:
        step = self.progress.step
        due = step % self._every == 0 or step == self._schedule.total_steps
        return step > 0 and due and self.progress.measured_step != step

    def _heed(self) -> None:
        """Stops, with everything saved, when somebody asked for it."""
        if self._cancelled():
            self._optimizer.zero_grad(set_to_none=True)
            self._save()
            raise Cancelled

    def _one_step(self, step: int, total: int) -> None:
        began = time.perf_counter()
        # Seeded by the step, so that dropout after a resume is what it would have been.
        torch.manual_seed(self._settings.seed * 1_000_003 + step)
        batch = [self._material.train[i] for i in self._batches.at(step)]
        weight = sum(item.weight for item in batch)
        means: defaultdict[str, float] = defaultdict(float)
        for piece in batches.micro_batches(batch, self._most_tokens):
            measured = self._learning.measured(piece)
            (measured.loss / weight).backward()
            _add(means, measured.numbers(weight))
            self._heed()
        norm = float(
            torch.nn.utils.clip_grad_norm_(
                list(self._parameters.values()), self._settings.max_grad_norm
            )
        )
        rate = self._settings.learning_rate * share(self._settings, step, total)
        self._apply(rate, means["loss"], norm, step)
        tokens, seconds = sum(item.tokens for item in batch), time.perf_counter() - began
        self.progress = self.progress.with_(
            step=step + 1,
            tokens=self.progress.tokens + tokens,
            seconds=self.progress.seconds + seconds,
        )
        self._report(means, norm, rate, tokens / seconds)

    def _apply(self, rate: float, loss: float, norm: float, step: int) -> None:
        finite = math.isfinite(loss) and math.isfinite(norm)
        if finite:
            for group in self._optimizer.param_groups:
                group["lr"] = rate * group["pace"]
            self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        # Weights beyond float32's range are divided away by the next norm: the loss stays finite,
        # at that of guessing, and no gradient is left.
        dead = norm == 0 and loss > SOLVED
        if finite and not dead and not self._lost(loss):
            self._strikes = 0
            return
        self._strikes += 1
        left = "" if finite else "; step left out"
        self._news.write("log", f"Step {step + 1}: the loss is {loss}, the gradient {norm}{left}.")
        if self._strikes >= STRIKES:
            raise Diverged

    def _lost(self, loss: float) -> bool:
        return not loss <= self._learning.lost

    def _report(
        self, means: Mapping[str, float], norm: float, rate: float, tokens_per_second: float
    ) -> None:
        step, total = self.progress.step, self._schedule.total_steps
        data: dict[str, Any] = {
            "step": step,
            "total_steps": total,
            "epoch": step / self._schedule.steps_per_epoch,
            "percent": 100 * step / total,
            "learning_rate": rate,
            "tokens_per_second": tokens_per_second,
            "memory_bytes": self._memory(),
            "eta_seconds": self.progress.seconds / step * (total - step),
        }
        # A number that is not finite has no place in JSON; the log line above tells of it.
        data |= {k: v for k, v in {**means, "gradient_norm": norm}.items() if math.isfinite(v)}
        self._news.write("metrics", **data)

    def validated(self) -> dict[str, float]:
        """Returns mean loss and figures on the validation split, nothing without one."""
        items = sorted(self._material.validation, key=lambda item: item.longest)
        sums: defaultdict[str, float] = defaultdict(float)
        with self._learning.scorer.measuring():
            for start in range(0, len(items), self._settings.batch_size):
                for piece in batches.micro_batches(
                    items[start : start + self._settings.batch_size], self._most_tokens
                ):
                    _add(sums, self._learning.measured(piece).numbers())
                    self._heed()
        weight = sum(item.weight for item in items)
        return {name: total / weight for name, total in sums.items()}

    def _measure_and_save(self) -> None:
        began = time.perf_counter()
        means = self.validated()
        done = self.progress.with_(measured_step=self.progress.step)
        self.progress = done
        if means:
            loss = means["loss"]
            if self._lost(loss):
                raise Diverged
            losses = (*done.validation_losses, (done.step, loss))
            better = done.best_loss is None or loss < done.best_loss
            self.progress = done.with_(
                validation_losses=losses,
                best_loss=loss if better else done.best_loss,
                best_step=done.step if better else done.best_step,
                stopped_early=rises(losses, self._settings.early_stopping),
                seconds=done.seconds + time.perf_counter() - began,
            )
            told: dict[str, Any] = {
                f"validation_{k}": v for k, v in means.items() if math.isfinite(v)
            }
            self._news.write("metrics", step=done.step, **told)
        self._save()
        if self.progress.stopped_early and done.step < self._schedule.total_steps:
            self._news.write(
                "log",
                f"Stopped early: validation loss rose {self._settings.early_stopping} times.",
            )

    def _save(self) -> None:
        self._kept.save(self.progress, self._parameters, self._optimizer)
        self._news.write(
            "checkpoint", f"Checkpoint at step {self.progress.step}.", step=self.progress.step
        )


def _add(sums: defaultdict[str, float], more: Mapping[str, float]) -> None:
    for name, value in more.items():
        sums[name] += value


def paced(parameters: dict[str, nn.Parameter], ratio: float) -> list[dict[str, Any]]:
    """Returns the optimizer's groups: output halves of the adapters learn `ratio` times faster.

    LoRA+ (Hayou, Ghosh and Yu 2024, section 4): with one rate for both, the input half learns too
    fast or the output half, which starts at zero, too slowly.
    """
    outputs = [p for name, p in parameters.items() if ".lora_B." in name]
    others = [p for name, p in parameters.items() if ".lora_B." not in name]
    groups = [{"params": others, "pace": 1.0}, {"params": outputs, "pace": ratio}]
    return [group for group in groups if group["params"]]


def share(settings: Hyperparameters, step: int, total: int) -> float:
    """Returns the share of the full learning rate at a step (0-based), warm-up included."""
    warm = max(1, round(settings.warmup_ratio * total))
    if step < warm:
        return (step + 1) / warm
    done = (step - warm) / max(1, total - warm)
    if settings.schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * done))
    return 1 - done if settings.schedule == "linear" else 1.0


def rises(losses: Sequence[tuple[int, float]], patience: int) -> bool:
    """Says whether the loss rose at each of the last `patience` measurements; 0 never does."""
    if patience == 0 or len(losses) <= patience:
        return False
    last = [loss for _, loss in losses[-patience - 1 :]]
    return all(later > earlier for earlier, later in zip(last, last[1:], strict=False))
