"""Evaluation: measure a model on a held-out split, compare two models, read their answers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Literal

from studio.core.evaluation.compare import check_comparable, compare, pair_results
from studio.core.evaluation.decoding import default_decoding
from studio.domain.costing import Figure
from studio.domain.datasets import Split
from studio.domain.errors import Conflict, InvalidInput
from studio.domain.evaluation import (
    Comparison,
    Decoding,
    EvaluationRun,
    ExampleResult,
    RunStatus,
    SideBySide,
)
from studio.domain.interfaces import TextGenerator
from studio.domain.values import new_id, now
from studio.services.evaluation_run import AnswerCost, Measurement
from studio.services.models import ModelService
from studio.services.turns import Turns
from studio.store.datasets import DatasetStore
from studio.store.evaluations import EvaluationStore
from studio.store.runs import ENDED


class EvaluationService:
    """What a user can do with evaluations; runs take turns on one background thread.

    An evaluation left over from an earlier studio goes on after `open`, from its last kept answer.
    """

    def __init__(
        self,
        evaluations: EvaluationStore,
        datasets: DatasetStore,
        models: ModelService,
        generator: TextGenerator,
        changed: Callable[[], None] = lambda: None,
        *,
        cost: AnswerCost = lambda model_id, tokens_in, tokens_out: Figure(
            unit="USD per 1,000 answers", basis="no price list is at hand"
        ),
    ) -> None:
        """`changed` is called whenever a run is not what it was, from any thread.

        `cost` says what answers of a model at an endpoint cost.
        """
        self._evaluations, self._datasets, self._models = evaluations, datasets, models
        self._generator = generator
        self._tell, self._cost = changed, cost
        self._turns = Turns("evaluations", self._measure)
        self._lock = threading.Lock()
        self._cancelled: set[str] = set()
        self._counting = threading.Lock()
        self._revision = 0

    def open(self) -> None:
        """Begins to work on waiting runs, leftovers of an earlier studio first.

        Calling it again changes nothing.
        """
        self._turns.open(self._leftovers)

    def close(self) -> None:
        """Stops after the answer in progress; unfinished runs go on when opened again."""
        self._turns.close()

    def start(
        self,
        *,
        project_id: str,
        version_id: str,
        split: Split,
        model_id: str,
        decoding: Decoding | None = None,
    ) -> EvaluationRun:
        """Queues a run and returns it; the same run still under way is returned, not repeated.

        Without `decoding` that of `decoding_for` is taken.

        Raises:
            NotFound: when there is no such version or model.
            InvalidInput: when the split is empty.
        """
        total = self._datasets.version(version_id).splits.get(split, 0)
        if not total:
            raise InvalidInput(
                f"The {split} split of this dataset version has no examples.",
                hint="Choose another split, or import more rows.",
            )
        run = EvaluationRun(
            id=new_id("evaluation"),
            project_id=project_id,
            dataset_version_id=version_id,
            split=split,
            model_id=model_id,
            model_name=self._models.resolve(model_id).name,
            decoding=decoding or self.decoding_for(version_id),
            total=total,
            created_at=now(),
        )
        with self._lock:
            for other in self._evaluations.all(project_id):
                if other.status not in ENDED and _same_work(other, run):
                    return other
            self._evaluations.add(run)
        self._turns.put(run.id)
        self._changed()
        return run

    def decoding_for(self, version_id: str) -> Decoding:
        """Returns greedy decoding with room for the version's longest expected answer."""
        return default_decoding(self._datasets.answers(version_id))

    def get(self, run_id: str) -> EvaluationRun:
        """Returns a run, or raises NotFound."""
        return self._evaluations.get(run_id)

    def all(self, project_id: str) -> list[EvaluationRun]:
        """Returns the project's runs, newest first."""
        return self._evaluations.all(project_id)

    def cancel(self, run_id: str) -> EvaluationRun:
        """Asks a run to stop, keeping the answers it has; Conflict when it has ended otherwise."""
        with self._lock:
            run = self._evaluations.get(run_id)
            if run.status is RunStatus.QUEUED:
                run = run.with_(status=RunStatus.CANCELLED, finished_at=now())
                self._evaluations.save(run)
            elif run.status is RunStatus.RUNNING:
                self._cancelled.add(run_id)
            elif run.status is not RunStatus.CANCELLED:
                raise Conflict(f"The evaluation has {run.status} already and cannot be cancelled.")
        self._changed()
        return run

    def results(self, run_id: str) -> list[ExampleResult]:
        """Returns the answer to each example of a finished run, by example id."""
        self._evaluations.get(run_id)
        return self._evaluations.results(run_id)

    def compare(self, baseline_id: str, candidate_id: str) -> Comparison:
        """Says whether the candidate is better than the baseline.

        Raises:
            Conflict: when one of the runs has not succeeded.
            InvalidInput: when dataset version, split or decoding differ, naming which.
        """
        baseline, candidate = self._comparable(baseline_id, candidate_id)
        pairs = pair_results(
            self._evaluations.results(baseline_id), self._evaluations.results(candidate_id)
        )
        return compare(baseline, candidate, pairs)

    def side_by_side(
        self,
        baseline_id: str,
        candidate_id: str,
        start: int = 0,
        end: int = 100,
        only: Literal["better", "worse", "same"] | None = None,
    ) -> tuple[list[SideBySide], int]:
        """Returns examples `start` to `end` with both answers, and how many there are.

        `only` keeps those where the candidate is right and the baseline is not (`better`), the
        reverse (`worse`), or both are right or wrong (`same`). Raises as `compare` does.
        """
        self._comparable(baseline_id, candidate_id)
        return self._evaluations.side_by_side(
            baseline_id, candidate_id, start=start, end=end, only=only
        )

    def revision(self) -> int:
        """Returns a number that grows whenever a run has changed."""
        return self._revision

    def _comparable(
        self, baseline_id: str, candidate_id: str
    ) -> tuple[EvaluationRun, EvaluationRun]:
        runs = self._evaluations.get(baseline_id), self._evaluations.get(candidate_id)
        check_comparable(*runs)
        return runs

    def _leftovers(self) -> list[str]:
        return [run.id for run in reversed(self._evaluations.all()) if run.status not in ENDED]

    def _measure(self, run_id: str) -> None:
        with self._lock:
            run = self._evaluations.get(run_id)
            if run.status in ENDED:
                return
            run = run.with_(status=RunStatus.RUNNING)
            self._evaluations.save(run)
        self._changed()
        measurement = Measurement(
            self._evaluations,
            self._datasets,
            self._models,
            self._generator,
            self._changed,
            self._cost,
        )
        measurement.carry_out(
            run, cancelled=lambda: run_id in self._cancelled, closing=self._turns.closing
        )

    def _changed(self) -> None:
        with self._counting:
            self._revision += 1
        self._tell()


def _same_work(one: EvaluationRun, other: EvaluationRun) -> bool:
    keys = ("dataset_version_id", "split", "model_id", "decoding")
    return all(getattr(one, key) == getattr(other, key) for key in keys)
