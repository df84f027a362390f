"""Real: the studio that users get, in a process of its own, with base models to tune."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from studio.domain.models import BaseModel
from studio.store.database import Database
from studio.store.models import ModelStore
from tests.api.spec import WatchedHere
from tests.fakes.running_studio import RunningStudio, real_studio

PATIENCE = 180.0
"""Seconds a fine-tune may take on a busy machine before a test gives up."""
ENDED = {"succeeded", "failed", "cancelled"}


@contextmanager
def tuning_studio(folder: Path, models: Sequence[BaseModel]) -> Iterator[RunningStudio]:
    """Lends a studio in which these base models can be tuned."""
    with Database(folder / "studio.duckdb") as database:
        for model in models:
            ModelStore(database).add_base(model)
    with real_studio(folder) as running:
        yield running


def client(studio: RunningStudio, **options: Any) -> OpenAI:
    """Returns the official client; every answer it gets must be as specified."""
    return OpenAI(
        base_url=f"{studio.origin}/v1",
        api_key="not-needed",
        http_client=httpx2.Client(transport=WatchedHere(httpx2.HTTPTransport())),
        **options,
    )


def ended(openai: OpenAI, job_id: str) -> FineTuningJob:
    """Asks as clients do until a fine-tune has come to its end, and returns it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        job = openai.fine_tuning.jobs.retrieve(job_id)
        if job.status in ENDED:
            return job
        assert time.monotonic() < deadline, f"it is still {job.status}"
        time.sleep(0.2)
