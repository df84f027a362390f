"""What the studio knows of a project's fine-tune, for the checklists that tick themselves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio.core.ladder.checklists import ITEMS, ticked
from studio.core.ladder.evidence import best
from studio.core.ladder.points import Known
from studio.domain.advice import ChecklistItem, Facts
from studio.domain.charters import Charter
from studio.domain.datasets import Split
from studio.domain.errors import NotFound
from studio.domain.ladder import Rung, RungComparison, RungRun, Suite
from studio.domain.models import ModelVersion
from studio.domain.thresholds import Thresholds
from studio.domain.values import now
from studio.services.ladder_parts import Estimating
from studio.services.models import ModelService
from studio.services.training import TrainingService
from studio.store.datasets import DatasetStore
from studio.store.ladder import LadderStore

CARD = "README.md"
"""Model card as hubs and libraries look for it, beside the adapter."""


class Checklists:
    """Keeps what people tick and shows what the studio can see."""

    def __init__(
        self,
        ladder: LadderStore,
        datasets: DatasetStore,
        models: ModelService,
        training: TrainingService,
        estimates: Estimating,
    ) -> None:
        self._ladder, self._datasets = ladder, datasets
        self._models, self._training, self._estimates = models, training, estimates

    def items(self, project_id: str, known: Known, thresholds: Thresholds) -> list[ChecklistItem]:
        """Returns every point, ticked by a person or by what is known."""
        kept = []
        for id, (done, at) in self._ladder.ticks(project_id).items():
            for item in ITEMS:
                if item.id == id and done:
                    kept.append(item.with_(done=True, by="person", at=at))
        return ticked(kept, known, thresholds, at=now())

    def tick(self, project_id: str, item_id: str, done: bool) -> None:
        """Keeps what a person says of a point; NotFound without such a point."""
        if all(item.id != item_id for item in ITEMS):
            raise NotFound(f"The checklists have no point {item_id!r}.", hint="Reload the page.")
        self._ladder.tick(project_id, item_id, done, now())

    def known(
        self,
        charter: Charter,
        suite: Suite | None,
        facts: Facts,
        runs: Sequence[RungRun],
        comparisons: Sequence[RungComparison],
    ) -> Known:
        """Returns what the studio knows; what it does not know stays empty."""
        tuned = best(runs, Rung.FINE_TUNE)
        return Known(
            metric=charter.metric,
            target=charter.target,
            suite_n=facts.eval_n,
            failures_labelled=facts.n_failures_labelled,
            signed_by=charter.signed.name if charter.signed else None,
            prompt_score=_score(best(runs, Rung.PROMPT)),
            few_shot_score=_score(best(runs, Rung.FEW_SHOT)),
            compared_with_prompt=_compared(runs, comparisons, Rung.PROMPT),
            compared_with_rag=_compared(runs, comparisons, Rung.RAG),
            latency=_latency(tuned),
            cost=_cost(tuned),
            **self._of_data(suite),
            **self._of_estimates(charter.project_id),
            **self._of_model(tuned),
        )

    def _of_data(self, suite: Suite | None) -> dict[str, Any]:
        if suite is None:
            return {}
        version = self._datasets.version(suite.version_id)
        return {
            # Splits are drawn by the hash of the prompt, for every version alike.
            "split_by_prompt": True,
            "held_out": version.splits.get(Split.TEST) or None,
            "version": f"version {version.number}, {version.content_hash[:12]}",
        }

    def _of_estimates(self, project_id: str) -> dict[str, Any]:
        kept = [one for one in self._estimates.all(project_id) if one.subject == "job"]
        return {
            "estimate_kept": bool(kept) or None,
            "actual_kept": any(one.actual is not None for one in kept) or None,
        }

    def _of_model(self, tuned: RungRun | None) -> dict[str, Any]:
        version = self._version(tuned)
        if version is None:
            return {}
        found: dict[str, Any] = {
            "licence": self._licence(version),
            "validation_loss": version.validation_loss,
        }
        if version.path and (Path(version.path) / CARD).is_file():
            found["model_card"] = f"{CARD} beside the adapter"
        try:
            settings = self._training.get(version.job_id).spec.hyperparameters
        except NotFound:
            return found
        return found | {
            "early_stopping": settings.early_stopping > 0,
            "seed": settings.seed,
            "recipe_kept": True,
        }

    def _licence(self, version: ModelVersion) -> str | None:
        """Returns the base model's licence; nobody told that of a provider's model."""
        return None if version.endpoint else self._models.base(version.base_model).licence

    def _version(self, tuned: RungRun | None) -> ModelVersion | None:
        if tuned is None:
            return None
        versions = self._models.versions(tuned.project_id)
        return next((one for one in versions if one.id == tuned.setup.model_id), None)


def _score(run: RungRun | None) -> str | None:
    if run is None or run.score is None:
        return None
    score = run.score
    span = "" if score.low is None else f" ({score.low:.1%} to {score.high:.1%})"
    return f"{score.metric.replace('_', ' ')} {score.value:.1%}{span} on {score.n} examples"


def _compared(
    runs: Sequence[RungRun], comparisons: Sequence[RungComparison], rung: Rung
) -> str | None:
    """Returns the paired test of the fine-tune against a rung in words."""
    tuned, other = best(runs, Rung.FINE_TUNE), {run.id for run in runs if run.setup.rung is rung}
    for one in comparisons:
        if tuned is not None and one.candidate_id == tuned.id and one.baseline_id in other:
            return f"{100 * one.difference:+.1f} points, p = {one.p_holm:.2g} after correction"
    return None


def _latency(run: RungRun | None) -> str | None:
    if run is None or run.latency_p50 is None:
        return None
    return f"{run.latency_p50:.2f} s, median of {run.latency_n} answers asked alone"


def _cost(run: RungRun | None) -> str | None:
    if run is None or run.cost_per_1000 is None:
        return None
    return f"USD {run.cost_per_1000:.4f} ({run.cost_basis})"
