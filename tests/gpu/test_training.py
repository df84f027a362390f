"""On a GPU a run resumes with the same result, and the worker uses the GPU the plan names."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from backends.local import estimate, hardware
from backends.local.backend import LocalBackend
from backends.local.trainer import adapters
from backends.local.trainer.checkpoints import Checkpoints
from backends.local.trainer.encoding import Encoded
from backends.local.trainer.learning import Answers
from backends.local.trainer.loop import Cancelled, Loop, Material
from backends.local.trainer.scoring import Scorer
from studio.domain.datasets import Split
from studio.domain.models import BaseModel
from studio.domain.training import Hyperparameters, Method, TrainingSpec
from tests import tiny_rows
from tests.gpu import device
from tests.gpu.device import needs_gpu

pytestmark = needs_gpu

SETTINGS = Hyperparameters(
    lora_rank=4, lora_alpha=8, epochs=3, batch_size=4, evaluations=3, lora_dropout=0.1
)
DEADLINE = 300.0


class News:
    """The losses a run tells."""

    def __init__(self) -> None:
        self.losses: list[float] = []

    def write(self, kind: str, message: str = "", **data: Any) -> None:
        if kind == "metrics" and "loss" in data:
            self.losses.append(data["loss"])


def run(
    tuned: Any, rows: list[Encoded], folder: Path, *, stop_after: int | None = None
) -> tuple[list[float], dict[str, torch.Tensor]]:
    """Runs, or goes on with, a training; returns its losses and the adapter at its end."""
    scorer, news = Scorer(tuned), News()
    scorer.use_decoder(rows)
    parameters = adapters.trainable(tuned)
    loop = Loop(
        Answers(scorer),
        parameters,
        Material(train=rows[:16], validation=rows[16:]),
        SETTINGS,
        Checkpoints(folder),
        news,
        most_tokens=4096,
        cancelled=lambda: stop_after is not None and len(news.losses) >= stop_after,
        memory=lambda: 0,
    )
    loop.resume()
    if stop_after is None:
        loop.run()
    else:
        with pytest.raises(Cancelled):
            loop.run()
    return news.losses, {name: p.detach().clone() for name, p in parameters.items()}


@pytest.mark.parametrize("method", list(Method))
def test_a_resumed_run_gives_what_an_uninterrupted_one_gives(
    method: Method,
    attach: Callable[..., Any],
    encoded: Callable[..., list[Encoded]],
    tmp_path: Path,
) -> None:
    rows = encoded(tiny_rows.examples(20))
    whole, adapter = run(attach(method=method), rows, tmp_path / "whole")
    first, _ = run(attach(method=method), rows, tmp_path / "parts", stop_after=5)
    rest, resumed = run(attach(method=method), rows, tmp_path / "parts")
    assert first + rest == pytest.approx(whole, rel=1e-4)
    for name, parameter in adapter.items():
        assert torch.allclose(resumed[name], parameter, rtol=1e-2, atol=1e-4), name


@pytest.mark.parametrize("method", list(Method))
def test_the_worker_trains_on_the_gpu_that_the_plan_names(
    method: Method, tiny_models: Callable[[str], BaseModel], tmp_path: Path
) -> None:
    backend, model = LocalBackend(tmp_path), tiny_models("llama")
    spec = TrainingSpec(
        project_id="p",
        name="on a GPU",
        dataset_version_id="v",
        base_model=model.id,
        method=method,
        hyperparameters=SETTINGS,
    )
    train = tiny_rows.examples(24)
    validation = tiny_rows.examples(6, split=Split.VALIDATION, seed=1)
    plan = backend.plan(spec, model, train, validation)
    assert hardware.device().kind == device.DEVICE.type
    assert (plan.device, plan.blockers) == (hardware.device().name, ())
    run_id = backend.submit(spec, model, train, validation, job_id="job_gpu")
    deadline = time.monotonic() + DEADLINE
    while (state := backend.state(run_id)).status == "running" and time.monotonic() < deadline:
        threading.Event().wait(0.2)
    assert state.status == "succeeded", backend.log(run_id)
    steps = [e.data for e in backend.events(run_id, 0) if "memory_bytes" in e.data]
    assert 0 < steps[-1]["memory_bytes"] <= estimate.MARGIN * (plan.memory_needed or 0)
    assert steps[-1]["loss"] < steps[0]["loss"]
