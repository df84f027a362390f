"""Model use: what is being measured with a model, so that it is not deleted meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from studio.domain.evaluation import RunStatus
from studio.store.evaluations import EvaluationStore
from studio.store.ladder import LadderStore

UNDER_WAY = (RunStatus.QUEUED, RunStatus.RUNNING)


def needed_by(evaluations: EvaluationStore, ladder: LadderStore) -> Callable[[str], str | None]:
    """Returns what says in words who needs a model now, None when nobody does."""

    def user(model_id: str) -> str | None:
        for run in evaluations.all():
            if run.model_id == model_id and run.status in UNDER_WAY:
                return "an evaluation asks it"
        for rung in ladder.all():
            if rung.setup.model_id == model_id and rung.status in UNDER_WAY:
                return "the ladder measures it"
        return None

    return user
