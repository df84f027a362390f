"""One rung carried out: prompts built, answers found or generated, scored, timed and priced."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from studio.core.costing.answer_cost import kept
from studio.core.evaluation.labels import LabelSet
from studio.core.ladder.measuring import is_right, other_scores, score, worth
from studio.core.ladder.prompting import WITH_PASSAGES, question_of
from studio.core.quality.balance import closed_labels
from studio.core.retrieval.citations import cited
from studio.core.retrieval.measures import first_rank
from studio.domain.datasets import Example
from studio.domain.errors import StudioError
from studio.domain.evaluation import RunStatus
from studio.domain.interfaces import Answer, TextGenerator
from studio.domain.ladder import Rung, RungResult, RungRun
from studio.domain.retrieval import Gold, RetrievalMode, RetrievalScore
from studio.domain.values import now
from studio.services.answers import AnswerDesk, Given
from studio.services.charters import CharterService
from studio.services.ladder_expectations import RungExpectations
from studio.services.ladder_gold import GoldFinder
from studio.services.ladder_parts import Costing, Retrieving
from studio.services.ladder_prompts import Prompted, PromptMaker
from studio.services.ladder_timing import Latency, timed, timed_places
from studio.services.models import ModelService
from studio.store.datasets import DatasetStore
from studio.store.ladder import LadderStore

logger = logging.getLogger(__name__)


class RungMeasurement:
    """Measures a rung on a suite, generating only the answers that are not kept yet."""

    def __init__(
        self,
        ladder: LadderStore,
        datasets: DatasetStore,
        models: ModelService,
        generator: TextGenerator,
        desk: AnswerDesk,
        maker: PromptMaker,
        retrieval: Retrieving,
        gold: GoldFinder,
        costing: Costing,
        charters: CharterService,
        expectations: RungExpectations,
    ) -> None:
        self._ladder, self._datasets, self._models = ladder, datasets, models
        self._generator, self._desk, self._maker = generator, desk, maker
        self._retrieval, self._gold, self._costing = retrieval, gold, costing
        self._charters, self._expectations = charters, expectations

    def carry_out(
        self,
        run: RungRun,
        *,
        cancelled: Callable[[], bool],
        closing: Callable[[], bool],
        changed: Callable[[], None],
    ) -> None:
        """Takes a running run to its end; when closing it stays as it is, to go on later."""
        progress = _Progress(self._ladder, run, changed)
        try:
            ended = self._measured(progress, lambda: cancelled() or closing())
        except StudioError as error:
            if closing() and not cancelled():
                return
            ended = _failed(progress.run, str(error))
        except Exception:
            # A run whose thread met a defect must not look as if it were still running.
            logger.exception("Run %s met an unforeseen error.", run.id)
            ended = _failed(
                progress.run, "The studio met an unforeseen error; its log has details."
            )
        if cancelled():
            ended = progress.run.with_(status=RunStatus.CANCELLED, message="", finished_at=now())
        self._ladder.save(ended)
        changed()

    def _measured(self, progress: _Progress, stopped: Callable[[], bool]) -> RungRun:
        run = progress.run
        examples = self._maker.examples(run.suite)
        prompted = self._maker.prompts(
            run.suite, run.setup, progress=lambda what, share: progress.say(what), stopped=stopped
        )
        progress.say("")
        given, latency, timing_trouble = self._answers(run, examples, prompted, progress, stopped)
        known = self._gold_of(run)
        results = self._results(run, examples, prompted, given.answers, known)
        retrieval = self._retrieval_score(run, examples, known, progress)
        self._ladder.add_results(run.id, results)
        notes = (
            *self._open_metric(run),
            *prompted.notes,
            *_cut_off(given.answers, run),
            *timing_trouble,
        )
        return self._scored(progress.run, examples, results, latency).with_(
            retrieval=retrieval, message=" ".join(notes)
        )

    def _answers(
        self,
        run: RungRun,
        examples: Sequence[Example],
        prompted: Prompted,
        progress: _Progress,
        stopped: Callable[[], bool],
    ) -> tuple[Given, Latency, tuple[str, ...]]:
        """Returns every answer and how long single ones take; what that was expected to is kept."""
        model, prompts = self._models.resolve(run.setup.model_id), prompted.prompts
        fresh = self._desk.missing(model, prompts, run.setup.decoding)
        asked = [*fresh, *timed_places(len(prompts))] if fresh else []
        pending = self._expectations.begun(run, [prompts[at] for at in asked], examples)
        given = self._desk.ask(
            model, prompts, run.setup.decoding, report=progress.done, stopped=stopped
        )
        progress.say("Timing single answers")
        latency, trouble = timed(
            self._generator,
            model,
            prompts,
            run.setup.decoding,
            warm=bool(fresh),
            stopped=stopped,
        )
        self._expectations.ended(pending, [given.answers[at] for at in asked])
        return given, latency, trouble

    def _results(
        self,
        run: RungRun,
        examples: Sequence[Example],
        prompted: Prompted,
        answers: Sequence[Answer],
        gold: dict[str, list[Gold]],
    ) -> list[RungResult]:
        labels = self._labels(run)
        # Whole documents are no chunks: nothing was ranked and nothing can be looked up.
        ranked = run.setup.rung in WITH_PASSAGES and run.setup.rung is not Rung.LONG_CONTEXT
        results = []
        for at, (example, answer) in enumerate(zip(examples, answers, strict=True)):
            value = worth(run.metric, answer.text, example.answer, labels)
            ids = [passage.chunk.id for passage in prompted.given[at]] if ranked else []
            right = gold.get(example.prompt_hash, [])
            results.append(
                RungResult(
                    example_id=example.id,
                    question=question_of(example),
                    output=answer.text,
                    expected=example.answer,
                    value=value,
                    correct=is_right(run.metric, value),
                    prompt_tokens=answer.prompt_tokens,
                    output_tokens=answer.output_tokens,
                    passages=tuple(ids),
                    cited=tuple(ids[number - 1] for number in cited(answer.text, len(ids))),
                    gold_rank=first_rank(prompted.found[at], right) if ranked else None,
                )
            )
        return results

    def _scored(
        self,
        run: RungRun,
        examples: Sequence[Example],
        results: Sequence[RungResult],
        latency: Latency,
    ) -> RungRun:
        outputs = [result.output for result in results]
        expected = [example.answer for example in examples]
        tokens_in = _mean([result.prompt_tokens for result in results])
        tokens_out = _mean([result.output_tokens for result in results])
        cost = self._costing.answer_cost(
            self._expectations.place(run.setup.model_id).billed,
            tokens_in,
            tokens_out,
            latency.p50,
            run.project_id,
        )
        return run.with_(
            status=RunStatus.SUCCEEDED,
            done=len(results),
            score=score(run.metric, [result.value for result in results]),
            scores=other_scores(run.metric, outputs, expected, self._labels(run)),
            latency_p50=latency.p50,
            latency_p95=latency.p95,
            latency_n=latency.n,
            prompt_tokens=tokens_in,
            output_tokens=tokens_out,
            cost_per_1000=kept(cost),
            cost_basis=cost.basis,
            finished_at=now(),
        )

    def _labels(self, run: RungRun) -> LabelSet | None:
        # The whole version decides, so that every rung is measured alike.
        expected = [e.answer for e in self._datasets.examples(run.suite.version_id)]
        return LabelSet(expected) if closed_labels(expected) else None

    def _open_metric(self, run: RungRun) -> tuple[str, ...]:
        if self._charters.get(run.project_id).metric is not None:
            return ()
        return (f"The charter leaves the metric open; {run.metric} was taken, as answers suggest.",)

    def _gold_of(self, run: RungRun) -> dict[str, list[Gold]]:
        if run.setup.corpus_id is None or run.setup.rung not in WITH_PASSAGES:
            return {}
        self._gold.find(run.suite.version_id, run.setup.corpus_id)
        known: dict[str, list[Gold]] = {}
        for one in self._retrieval.gold(run.setup.corpus_id):
            known.setdefault(one.prompt_hash, []).append(one)
        return known

    def _retrieval_score(
        self,
        run: RungRun,
        examples: Sequence[Example],
        gold: dict[str, list[Gold]],
        progress: _Progress,
    ) -> RetrievalScore | None:
        if run.setup.rung is Rung.LONG_CONTEXT or run.setup.corpus_id is None:
            return None
        known = [(e.prompt_hash, question_of(e)) for e in examples if e.prompt_hash in gold]
        if not known:
            return None
        progress.say("Measuring the search")
        modes = dict.fromkeys((run.setup.mode, RetrievalMode.KEYWORD))
        scores = self._retrieval.measure(run.setup.corpus_id, known, modes=tuple(modes))
        # Where meaning cannot be searched, both together became keyword alone.
        return scores[0] if scores else None


class _Progress:
    """The run as it stands, kept at every step."""

    def __init__(self, ladder: LadderStore, run: RungRun, changed: Callable[[], None]) -> None:
        self.run = run
        self._ladder, self._changed = ladder, changed

    def done(self, answers: int) -> None:
        """Keeps how many answers there are."""
        self._keep(self.run.with_(done=answers))

    def say(self, doing: str) -> None:
        """Keeps what is being done now; empty while answers come."""
        if doing != self.run.message:
            self._keep(self.run.with_(message=doing))

    def _keep(self, run: RungRun) -> None:
        self.run = run
        self._ladder.save(run)
        self._changed()


def _failed(run: RungRun, why: str) -> RungRun:
    kept = f" {run.done} answers are kept; starting again goes on from there." if run.done else ""
    return run.with_(status=RunStatus.FAILED, message=why + kept, finished_at=now())


def _cut_off(answers: Sequence[Answer], run: RungRun) -> tuple[str, ...]:
    cut = sum(answer.finish_reason == "length" for answer in answers)
    room = run.setup.decoding.max_new_tokens
    return (f"{cut} of {len(answers)} answers were cut off at {room} tokens.",) if cut else ()


def _mean(numbers: Sequence[int | None]) -> float | None:
    known = [number for number in numbers if number is not None]
    return sum(known) / len(known) if known and len(known) == len(numbers) else None
