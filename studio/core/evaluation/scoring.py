"""Answers of one run turned into results, scores and a confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from studio.core.evaluation import metrics
from studio.core.evaluation.labels import LabelSet
from studio.domain.datasets import Example
from studio.domain.evaluation import Confusion, ExampleResult, Score


class RunScores(NamedTuple):
    """What a finished run is worth."""

    primary: Score
    scores: tuple[Score, ...]
    confusion: Confusion | None


def score_example(
    example: Example, output: str, *, labels: LabelSet | None, seconds: float | None = None
) -> ExampleResult:
    """Returns the result of one answer; with labels it is right when it gives the same label."""
    label = labels.recognise(output) if labels else None
    right = (
        label is not None and label == labels.recognise(example.answer)
        if labels
        else metrics.exact_match(output, example.answer)
    )
    return ExampleResult(
        example_id=example.id,
        output=output,
        expected=example.answer,
        correct=right,
        token_f1=metrics.token_f1(output, example.answer),
        rouge_l=metrics.rouge_l(output, example.answer),
        predicted_label=label,
        seconds=seconds,
    )


def score_run(results: Sequence[ExampleResult], *, labels: LabelSet | None) -> RunScores:
    """Returns all scores of a run; the first one is the primary."""
    outputs, expected = [r.output for r in results], [r.expected for r in results]
    texts = (
        metrics.rate("exact_match", [metrics.exact_match(r.output, r.expected) for r in results]),
        metrics.mean("token_f1", [r.token_f1 for r in results]),
        metrics.mean("rouge_l", [r.rouge_l for r in results]),
        metrics.bleu(outputs, expected),
    )
    if labels is None:
        return RunScores(texts[0], texts, None)
    # An expected answer that is no label cannot occur, as the set is made of the expected ones.
    truth = [labels.recognise(answer) or answer for answer in expected]
    predicted = [r.predicted_label for r in results]
    accuracy = metrics.rate("accuracy", [r.correct for r in results])
    answered = metrics.rate("label_given", [label is not None for label in predicted])
    scores = (accuracy, metrics.macro_f1(truth, predicted), answered, *texts)
    return RunScores(accuracy, scores, metrics.confusion(truth, predicted))
