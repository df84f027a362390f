"""Wire orders: what a client asked for and the job it became, seen as one thing."""

from __future__ import annotations

import json
from pathlib import Path

from studio.domain.datasets import Split
from studio.domain.jobs import Job
from studio.domain.models import ModelVersion
from studio.domain.training import Hyperparameters
from studio.domain.values import Value
from studio.domain.wire import TuningOrder
from studio.services.wire_checking import LEARNING_RATE


class WireJob(Value):
    """One fine-tune: what was asked for, and the job it became."""

    order: TuningOrder
    job: Job | None = None
    """None while its files are checked, and when they were not right."""

    @property
    def id(self) -> str:
        """The same for both."""
        return self.order.id


class Facts(Value):
    """What is looked up of a fine-tune when somebody looks at it."""

    trained_tokens: int | None = None
    """Tokens that were trained on, every pass counted; None until the end, or when not known."""
    validation_file: str | None = None
    """Of a fine-tune that was started in the studio; a client's own is in its order."""
    result_file: str | None = None
    last_event: int = 0
    """Number of its latest piece of news."""


def is_local(job: Job) -> bool:
    """Says whether a job trains here; what trains elsewhere is its own server's to tell of."""
    return job.backend == "local"


def order_of(job: Job) -> TuningOrder:
    """Returns a job that was started in the studio as if a client had asked for it."""
    given = job.spec.hyperparameters
    return TuningOrder(
        id=job.id,
        project_id=job.project_id,
        base_model=job.spec.base_model,
        training_file=file_of(job.spec.dataset_version_id, Split.TRAIN),
        suffix=job.name,
        seed=given.seed,
        objective=job.spec.objective,
        status="started",
        created_at=job.created_at,
    )


def resolved(settings: Hyperparameters) -> dict[str, float | int]:
    """Returns hyperparameters by the names of the wire."""
    epochs = settings.epochs
    return {
        "n_epochs": int(epochs) if epochs.is_integer() else epochs,
        "batch_size": settings.batch_size,
        # Without the dust of a division in binary: 2.35, not 2.3499999999999996.
        "learning_rate_multiplier": float(f"{settings.learning_rate / LEARNING_RATE:.12g}"),
        "beta": settings.beta,
    }


def file_of(version_id: str, split: Split) -> str:
    """Returns the id of the file that one split of a dataset version would be."""
    return f"file_{version_id.partition('_')[2]}_{split}"


def tokens_of(version: ModelVersion) -> int | None:
    """Returns the tokens that were trained on until the kept checkpoint, None when not known."""
    try:
        recipe = json.loads((Path(version.path) / "recipe.json").read_bytes())
    except (OSError, ValueError):
        return None
    tokens = recipe.get("tokens")
    return tokens if isinstance(tokens, int) else None
