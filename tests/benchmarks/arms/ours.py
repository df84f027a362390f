"""Arm: our engine as users get it, a worker process of the local backend."""

from __future__ import annotations

import json
import shutil
import sys
import time
from dataclasses import asdict

from transformers import AutoTokenizer

from backends.local.backend import LocalBackend
from backends.local.trainer.encoding import encode
from studio.domain.jobs import Event
from studio.domain.training import TrainingSpec
from tests.benchmarks.arms.brief import Brief, read
from tests.benchmarks.work import tokens_of_run


def train(brief: Brief) -> dict[str, object]:
    """Trains through the backend; leaves the adapter and returns what the run's news say.

    Training time runs from the worker's word that it begins to its last step, so it holds every
    step and what lies between two steps, and neither loading nor the final validation.
    """
    backend = LocalBackend(brief.folder / "runs")
    spec = TrainingSpec(
        project_id="benchmark",
        name="benchmark",
        dataset_version_id="benchmark",
        base_model=brief.model.id,
        hyperparameters=brief.hyperparameters,
    )
    run_id = backend.submit(
        spec, brief.model, brief.train, brief.validation, job_id="job_benchmark"
    )
    while (state := backend.state(run_id)).status == "running":
        time.sleep(0.5)
    if state.status != "succeeded" or state.artifact is None:
        raise SystemExit(f"{state.message}\n{backend.log(run_id)}")
    shutil.copytree(state.artifact, brief.folder / "adapter", dirs_exist_ok=True)
    events = _all_events(backend, run_id)
    began = next(e.at for e in events if e.kind == "phase" and e.message == "Training.")
    steps = [e for e in events if e.kind == "metrics" and "loss" in e.data]
    tokenizer = AutoTokenizer.from_pretrained(brief.model.path, local_files_only=True)
    work = tokens_of_run(encode(tokenizer, brief.train), brief.hyperparameters)
    return {
        "tokens": work.real,
        "work": asdict(work),
        "seconds": (steps[-1].at - began).total_seconds(),
        "steps": len(steps),
        "own_validation_loss": state.validation_loss,
        "memory_bytes": max(e.data["memory_bytes"] for e in steps),
        "log": [e.message for e in events if e.kind == "log"],
    }


def _all_events(backend: LocalBackend, run_id: str) -> list[Event]:
    events: list[Event] = []
    while more := backend.events(run_id, events[-1].n if events else 0):
        events += more
    return events


if __name__ == "__main__":
    task, result = read(Brief, sys.argv[1:])
    result.write_text(json.dumps(train(task)), encoding="utf-8")
