"""A data folder with the tiny model registered and rows imported, ready for real runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from studio.domain.datasets import DatasetVersion, Example
from studio.domain.models import BaseModel
from studio.domain.training import TrainingSpec
from studio.services.container import Services
from studio.settings import Settings
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.models import ModelStore
from tests.contract.training_rigs import spec
from tests.unit.store import samples


def fill(folder: Path, model: BaseModel, rows: Sequence[Example]) -> DatasetVersion:
    """Registers the model and keeps the rows, as an import would have."""
    with Database(Settings(data_dir=folder).database_path) as database:
        datasets, source, dataset = DatasetStore(database), samples.source(), samples.dataset()
        datasets.add_source(source)
        datasets.add_dataset(dataset)
        version = samples.version(dataset.id, rows)
        datasets.add_version(version, rows, [])
        ModelStore(database).add_base(model)
    return version


def run_of(version: DatasetVersion, model: BaseModel, **settings: object) -> TrainingSpec:
    """Returns a run on that version and model."""
    return spec(**settings).with_(dataset_version_id=version.id, base_model=model.id)


def charted(services: Services, job_id: str) -> dict[int, float]:
    """Returns the training loss of every step, each told exactly once and without a gap."""
    events = []
    while more := services.training.events(job_id, events[-1].n if events else 0):
        events += more
    assert [event.n for event in events] == list(range(1, len(events) + 1))
    told = [e.data for e in events if e.kind == "metrics" and "loss" in e.data]
    return {int(data["step"]): float(data["loss"]) for data in told}


def weights(artifact: Path) -> bytes:
    """Returns the published adapter's file."""
    assert json.loads((artifact / "adapter_config.json").read_text(encoding="utf-8"))
    return (artifact / "adapter_model.safetensors").read_bytes()
