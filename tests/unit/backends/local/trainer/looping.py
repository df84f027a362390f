"""Runs of the training loop on a tiny model, stopped and resumed as a test likes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from backends.local.trainer import adapters
from backends.local.trainer.checkpoints import Checkpoints, Progress
from backends.local.trainer.learning import Answers
from backends.local.trainer.loop import Cancelled, Loop, Material
from backends.local.trainer.scoring import Scorer
from studio.domain.training import Hyperparameters

MOST_TOKENS = 4096


@dataclass
class News:
    """Takes a loop's news, and may ask it to stop."""

    stop: Callable[[News], bool] = lambda news: False
    """Asked whenever the loop asks whether it should go on."""
    metrics: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    asked: int = 0

    def write(self, kind: str, message: str = "", **data: Any) -> None:
        self.said.append(message)
        if kind == "metrics":
            self.metrics.append(data)

    def cancelled(self) -> bool:
        self.asked += 1
        return self.stop(self)

    def losses(self) -> dict[int, float]:
        return {data["step"]: data["loss"] for data in self.metrics if "loss" in data}

    def validation(self) -> dict[int, float]:
        return {d["step"]: d["validation_loss"] for d in self.metrics if "validation_loss" in d}


@dataclass
class Outcome:
    """What one sitting of a run left behind."""

    news: News
    progress: Progress
    adapter: dict[str, Tensor]
    finished: bool


def prepared(
    tuned: Any,
    material: Material[Any],
    settings: Hyperparameters,
    folder: Path,
    news: News,
    *,
    fast: bool = True,
    most_tokens: int = MOST_TOKENS,
    learns: Callable[[Scorer], Any] = Answers,
) -> Loop[Any]:
    """Returns a loop that has not run yet."""
    scorer = Scorer(tuned)
    if fast:
        scorer.use_decoder([row for item in material.train[:2] for row in item.rows])
    return Loop(
        learns(scorer),
        adapters.trainable(tuned),
        material,
        settings,
        Checkpoints(folder),
        news,
        most_tokens=most_tokens,
        cancelled=news.cancelled,
        memory=lambda: 1,
    )


def sit(
    tuned: Any,
    material: Material[Any],
    settings: Hyperparameters,
    folder: Path,
    *,
    stop: Callable[[News], bool] = lambda news: False,
    fast: bool = True,
    most_tokens: int = MOST_TOKENS,
    learns: Callable[[Scorer], Any] = Answers,
) -> Outcome:
    """Begins a run, or goes on with it from its folder, until it ends or is stopped."""
    news = News(stop)
    loop = prepared(
        tuned, material, settings, folder, news, fast=fast, most_tokens=most_tokens, learns=learns
    )
    loop.resume()
    finished = True
    try:
        loop.run()
    except Cancelled:
        finished = False
    adapter = {name: p.detach().clone() for name, p in adapters.trainable(tuned).items()}
    return Outcome(news=news, progress=loop.progress, adapter=adapter, finished=finished)
