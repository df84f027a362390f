"""Model use: what is being asked of a model, so that it is not deleted meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from studio.domain import wire_names
from studio.domain.evaluation import RunStatus
from studio.domain.models import ModelVersion
from studio.domain.wire_batches import ENDED
from studio.store.evaluations import EvaluationStore
from studio.store.ladder import LadderStore
from studio.store.wire_batches import WireBatchStore

UNDER_WAY = (RunStatus.QUEUED, RunStatus.RUNNING)


def needed_by(
    evaluations: EvaluationStore, ladder: LadderStore, batches: WireBatchStore
) -> Callable[[ModelVersion], str | None]:
    """Returns what says in words who needs a tuned model now, None when nobody does."""

    def user(version: ModelVersion) -> str | None:
        for run in evaluations.all():
            if run.model_id == version.id and run.status in UNDER_WAY:
                return "an evaluation asks it"
        for rung in ladder.all():
            if rung.setup.model_id == version.id and rung.status in UNDER_WAY:
                return "the ladder measures it"
        called = wire_names.tuned(version.base_model, version.name, version.id)
        for batch in batches.all():
            if batch.model in (version.id, called) and batch.status not in ENDED:
                return "a batch asks it"
        return None

    return user
