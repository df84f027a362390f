"""One evaluation run carried out: answers found or generated, kept, scored."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable

from studio.core.evaluation.decoding import answer_key
from studio.core.evaluation.labels import LabelSet
from studio.core.evaluation.scoring import score_example, score_run
from studio.core.quality.balance import closed_labels
from studio.domain.datasets import Example
from studio.domain.errors import StudioError
from studio.domain.evaluation import EvaluationRun, RunStatus
from studio.domain.interfaces import Answer, TextGenerator
from studio.domain.values import now
from studio.services.models import ModelService
from studio.store.datasets import DatasetStore
from studio.store.evaluations import EvaluationStore

logger = logging.getLogger(__name__)

ENDED = frozenset({RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED})

SECONDS_BETWEEN_SAVES = 0.5
"""A killed studio loses the answers of at most this long."""


class Measurement:
    """Measures a model on a split, generating only the answers that are not kept yet."""

    def __init__(
        self,
        evaluations: EvaluationStore,
        datasets: DatasetStore,
        models: ModelService,
        generator: TextGenerator,
        changed: Callable[[], None],
    ) -> None:
        self._evaluations, self._datasets, self._models = evaluations, datasets, models
        self._generator = generator
        self._changed = changed

    def carry_out(
        self, run: EvaluationRun, *, cancelled: Callable[[], bool], closing: Callable[[], bool]
    ) -> None:
        """Takes a running run to its end; when closing it stays as it is, to go on later."""
        keeper = _Keeper(self._evaluations, run, self._changed)
        try:
            ended = self._measured(keeper, lambda: cancelled() or closing())
        except StudioError as error:
            if closing() and not cancelled():
                return
            ended = _failed(keeper.run, str(error))
        except Exception:
            # A run whose thread met a defect must not look as if it were still running.
            logger.exception("Evaluation %s met an unforeseen error.", run.id)
            ended = _failed(keeper.run, "The studio met an unforeseen error; its log has details.")
        if cancelled():
            ended = keeper.run.with_(status=RunStatus.CANCELLED, message="", finished_at=now())
        self._evaluations.save(ended)
        self._changed()

    def _measured(self, keeper: _Keeper, stopped: Callable[[], bool]) -> EvaluationRun:
        """Returns the run with its scores, once its results are kept."""
        version = self._datasets.examples(keeper.run.dataset_version_id)
        examples = [example for example in version if example.split is keeper.run.split]
        answers, seconds = self._answers(keeper, examples, stopped)
        expected = [example.answer for example in version]
        # The whole version decides, so that every split and every run is measured alike.
        labels = LabelSet(expected) if closed_labels(expected) else None
        results = [
            score_example(example, answer.text, labels=labels, seconds=took)
            for example, answer, took in zip(examples, answers, seconds, strict=True)
        ]
        scored = score_run(results, labels=labels)
        self._evaluations.add_results(keeper.run.id, results)
        return keeper.run.with_(
            status=RunStatus.SUCCEEDED,
            done=len(results),
            message=_cut_off(answers, keeper.run.decoding.max_new_tokens),
            primary=scored.primary,
            scores=scored.scores,
            confusion=scored.confusion,
            finished_at=now(),
        )

    def _answers(
        self, keeper: _Keeper, examples: list[Example], stopped: Callable[[], bool]
    ) -> tuple[list[Answer], list[float | None]]:
        """Returns each example's answer, and how long it took unless it was kept already."""
        run = keeper.run
        model = self._models.resolve(run.model_id)
        identity = f"{model.base_manifest_sha256}+{model.adapter_manifest_sha256}"
        keys = [answer_key(identity, example.prompt, run.decoding) for example in examples]
        known = self._evaluations.cached_answers(keys)
        # Equal prompts have equal keys: they are asked once.
        prompts = {key: example.prompt for key, example in zip(keys, examples, strict=True)}
        missing = [key for key in prompts if key not in known]
        keeper.expect(Counter(keys), known)
        fresh: dict[str, Answer] = {}
        if missing:
            try:
                generated = self._generator.generate(
                    model,
                    [prompts[key] for key in missing],
                    run.decoding,
                    on_answer=lambda index, answer: keeper.add(missing[index], answer),
                    cancelled=lambda: stopped() or keeper.failed,
                )
                fresh = dict(zip(missing, generated, strict=True))
            finally:
                keeper.flush()
        seconds = [fresh[key].seconds if key in fresh else None for key in keys]
        every = known | fresh
        return [every[key] for key in keys], seconds


class _Keeper:
    """Keeps answers as they come, and shows how far the run is."""

    def __init__(
        self, evaluations: EvaluationStore, run: EvaluationRun, changed: Callable[[], None]
    ) -> None:
        self.run = run
        self._evaluations, self._changed = evaluations, changed
        self._pending: list[tuple[str, Answer]] = []
        self._examples: Counter[str] = Counter()
        self._saved_at = time.monotonic()
        self._failure: StudioError | None = None

    @property
    def failed(self) -> bool:
        """True once answers cannot be kept any more."""
        return self._failure is not None

    def expect(self, examples: Counter[str], known: dict[str, Answer]) -> None:
        """Notes how many examples each key answers, and which keys are answered already."""
        self._examples = examples
        self._save(done=sum(examples[key] for key in known))

    def add(self, key: str, answer: Answer) -> None:
        """Takes one answer; never raises, because the generator's own work goes on around it."""
        self._pending.append((key, answer))
        if time.monotonic() - self._saved_at >= SECONDS_BETWEEN_SAVES and not self.failed:
            try:
                self._write()
            except StudioError as error:
                self._failure = error

    def flush(self) -> None:
        """Keeps what is pending; raises what went wrong while keeping."""
        if self._failure is not None:
            raise self._failure
        self._write()

    def _write(self) -> None:
        self._evaluations.keep_answers(self._pending)
        answered = sum(self._examples[key] for key, _ in self._pending)
        self._pending = []
        self._save(done=self.run.done + answered)

    def _save(self, *, done: int) -> None:
        self.run = self.run.with_(done=done)
        self._evaluations.save(self.run)
        self._saved_at = time.monotonic()
        self._changed()


def _failed(run: EvaluationRun, why: str) -> EvaluationRun:
    kept = f" {run.done} answers are kept; starting again goes on from there." if run.done else ""
    return run.with_(status=RunStatus.FAILED, message=why + kept, finished_at=now())


def _cut_off(answers: list[Answer], room: int) -> str:
    cut = sum(answer.finish_reason == "length" for answer in answers)
    if not cut:
        return ""
    return f"{cut} of {len(answers)} answers were cut off at {room} tokens."
