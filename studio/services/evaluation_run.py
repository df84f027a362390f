"""One evaluation run carried out: answers found or generated, kept, scored."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from studio.core.costing.answer_cost import kept
from studio.core.evaluation.labels import LabelSet
from studio.core.evaluation.scoring import score_example, score_run
from studio.core.quality.balance import closed_labels
from studio.domain.costing import Figure
from studio.domain.endpoints import PREFIX
from studio.domain.errors import StudioError
from studio.domain.evaluation import EvaluationRun, RunStatus
from studio.domain.interfaces import Answer, TextGenerator
from studio.domain.values import now
from studio.services.answers import AnswerDesk
from studio.services.models import ModelService
from studio.store.datasets import DatasetStore
from studio.store.evaluations import EvaluationStore

logger = logging.getLogger(__name__)

AnswerCost = Callable[[str, float | None, float | None], Figure]
"""Model and mean tokens of prompt and answer → USD for 1,000 answers."""


class Measurement:
    """Measures a model on a split, generating only the answers that are not kept yet."""

    def __init__(
        self,
        evaluations: EvaluationStore,
        datasets: DatasetStore,
        models: ModelService,
        generator: TextGenerator,
        changed: Callable[[], None],
        cost: AnswerCost,
    ) -> None:
        self._evaluations, self._datasets, self._models = evaluations, datasets, models
        self._desk = AnswerDesk(evaluations, generator)
        self._changed, self._cost = changed, cost

    def carry_out(
        self, run: EvaluationRun, *, cancelled: Callable[[], bool], closing: Callable[[], bool]
    ) -> None:
        """Takes a running run to its end; when closing it stays as it is, to go on later."""
        progress = _Progress(self._evaluations, run, self._changed)
        try:
            ended = self._measured(progress, lambda: cancelled() or closing())
        except StudioError as error:
            if closing() and not cancelled():
                return
            ended = _failed(progress.run, str(error))
        except Exception:
            # A run whose thread met a defect must not look as if it were still running.
            logger.exception("Evaluation %s met an unforeseen error.", run.id)
            ended = _failed(
                progress.run, "The studio met an unforeseen error; its log has details."
            )
        if cancelled():
            ended = progress.run.with_(status=RunStatus.CANCELLED, message="", finished_at=now())
        self._evaluations.save(ended)
        self._changed()

    def _measured(self, progress: _Progress, stopped: Callable[[], bool]) -> EvaluationRun:
        """Returns the run with its scores, once its results are kept."""
        version_id = progress.run.dataset_version_id
        examples = self._datasets.examples(version_id, progress.run.split)
        model = self._models.resolve(progress.run.model_id)
        answers, seconds = self._desk.ask(
            model,
            [example.prompt for example in examples],
            progress.run.decoding,
            report=progress.done,
            stopped=stopped,
        )
        expected = self._datasets.answers(version_id)
        # The whole version decides, so that every split and every run is measured alike.
        labels = LabelSet(expected) if closed_labels(expected) else None
        results = [
            score_example(example, answer.text, labels=labels, seconds=took)
            for example, answer, took in zip(examples, answers, seconds, strict=True)
        ]
        scored = score_run(results, labels=labels)
        self._evaluations.add_results(progress.run.id, results)
        return progress.run.with_(
            status=RunStatus.SUCCEEDED,
            done=len(results),
            message=_cut_off(answers, progress.run.decoding.max_new_tokens),
            primary=scored.primary,
            scores=scored.scores,
            confusion=scored.confusion,
            finished_at=now(),
            **self._paid(model.id, answers),
        )

    def _paid(self, model_id: str, answers: Sequence[Answer]) -> dict[str, Any]:
        """Returns the tokens, and what they cost where they are paid for."""
        prompts = total([answer.prompt_tokens for answer in answers])
        outputs = total([answer.output_tokens for answer in answers])
        counted = {"prompt_tokens": prompts, "output_tokens": outputs}
        if not model_id.startswith(PREFIX):
            # Its answers were given many at once, which tells nothing of the time of one.
            return counted
        n = len(answers)
        figure = self._cost(
            model_id,
            None if prompts is None else prompts / n,
            None if outputs is None else outputs / n,
        )
        return {**counted, "cost_per_1000": kept(figure), "cost_basis": figure.basis}


def total(tokens: Sequence[int | None]) -> int | None:
    """Returns the sum, None when one of them is not known."""
    known = [count for count in tokens if count is not None]
    return sum(known) if len(known) == len(tokens) else None


class _Progress:
    """The run as it stands, kept at every step."""

    def __init__(
        self, evaluations: EvaluationStore, run: EvaluationRun, changed: Callable[[], None]
    ) -> None:
        self.run = run
        self._evaluations, self._changed = evaluations, changed

    def done(self, answers: int) -> None:
        """Keeps how many answers there are."""
        self.run = self.run.with_(done=answers)
        self._evaluations.save(self.run)
        self._changed()


def _failed(run: EvaluationRun, why: str) -> EvaluationRun:
    kept = f" {run.done} answers are kept; starting again goes on from there." if run.done else ""
    return run.with_(status=RunStatus.FAILED, message=why + kept, finished_at=now())


def _cut_off(answers: list[Answer], room: int) -> str:
    cut = sum(answer.finish_reason == "length" for answer in answers)
    if not cut:
        return ""
    return f"{cut} of {len(answers)} answers were cut off at {room} tokens."
