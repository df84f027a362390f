"""Hosted runs: rungs measured with a model tuned at a provider, under the id it has there."""

from __future__ import annotations

from collections.abc import Iterable

from studio.domain.endpoints import PREFIX
from studio.domain.ladder import RungRun
from studio.domain.models import ModelVersion


def under_their_endpoints(
    runs: Iterable[RungRun], versions: Iterable[ModelVersion]
) -> list[RungRun]:
    """Returns the runs, those of hosted models as `endpoint:NAME/MODEL`: that is what is billed."""
    there = {
        version.id: f"{PREFIX}{version.endpoint}/{version.remote_model}"
        for version in versions
        if version.endpoint
    }
    return [
        run.with_(setup=run.setup.with_(model_id=there[run.setup.model_id]))
        if run.setup.model_id in there
        else run
        for run in runs
    ]
