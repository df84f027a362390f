"""Request: a training spec as the words of `POST /fine_tuning/jobs`, in each server's dialect."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from studio.domain.endpoints import Dialect
from studio.domain.training import Objective, TrainingSpec

OURS = "ladder_studio_job"
"""Key of the metadata that carries our job's id: by it a job is found again."""
USUAL_RATE = 2e-4
"""Learning rate that a multiplier of 1 stands for, the usual one for adapters."""
NAMES = {
    "epochs": "n_epochs",
    "batch_size": "batch_size",
    "learning_rate": "learning_rate_multiplier",
    "beta": "beta",
}
"""Our hyperparameters → the wire's."""
MOST_EPOCHS, LARGEST_BATCH = 50, 256
LONGEST_SUFFIX = 64


def created(
    spec: TrainingSpec,
    dialect: Dialect,
    *,
    model: str,
    job_id: str,
    train_file: str,
    validation_file: str,
) -> dict[str, Any]:
    """Returns the arguments of the client's `fine_tuning.jobs.create`."""
    kind = "dpo" if spec.objective is Objective.DPO else "supervised"
    settings: dict[str, Any] = {} if dialect is Dialect.LADDER else hyperparameters(spec, dialect)
    asked: dict[str, Any] = {
        "model": model,
        "training_file": train_file,
        "method": {"type": kind, kind: {"hyperparameters": settings}},
        "seed": spec.hyperparameters.seed,
        "metadata": {OURS: job_id},
    }
    if suffix(spec.name):
        asked["suffix"] = suffix(spec.name)
    if validation_file:
        asked["validation_file"] = validation_file
    if dialect is Dialect.LADDER:
        given = spec.hyperparameters.model_dump(exclude=set(spec.automatic))
        asked["extra_body"] = {
            "ladder": {
                "method": spec.method.value,
                "effort": spec.effort.value,
                "hyperparameters": given,
            }
        }
    return asked


def hyperparameters(spec: TrainingSpec, dialect: Dialect) -> dict[str, Any]:
    """Returns what the wire can carry of them; `auto` where the server may choose."""
    given = spec.hyperparameters
    rate = given.learning_rate if dialect is Dialect.NEBIUS else given.learning_rate / USUAL_RATE
    values: dict[str, Any] = {
        "epochs": min(MOST_EPOCHS, max(1, round(given.epochs))),
        "batch_size": min(LARGEST_BATCH, given.batch_size),
        # Ten digits: 2e-5 / 2e-4 is 0.1 to everybody but the processor.
        "learning_rate": float(f"{rate:.10g}"),
    }
    if spec.objective is Objective.DPO:
        values["beta"] = given.beta
    return {
        NAMES[name]: "auto" if name in spec.automatic else value for name, value in values.items()
    }


def suffix(name: str) -> str:
    """Returns the name as part of a model's name: small letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SUFFIX].strip("-")
