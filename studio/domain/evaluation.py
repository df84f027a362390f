"""EvaluationRun → per-example results; Score with its interval; Comparison of two models."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from studio.domain.datasets import Message, Split
from studio.domain.values import Value

LONGEST_ANSWER = 32_768
"""Tokens; asking for so many means as many as the model has room for."""


class Decoding(Value):
    """How answers are generated; equal decoding makes answers comparable and cacheable."""

    max_new_tokens: int = Field(default=128, ge=1, le=LONGEST_ANSWER)
    temperature: float = Field(default=0.0, ge=0, le=2)
    """0 always takes the likeliest token."""
    top_p: float = Field(default=1.0, gt=0, le=1)
    seed: int = 0
    stop: tuple[str, ...] = Field(default=(), max_length=4)
    """Texts that end an answer where they would begin; they are not part of it."""
    logprobs: int | None = Field(default=None, ge=0, le=20)
    """How many likely tokens are told beside each chosen one; None tells no chances at all."""
    raw: bool = False
    """True goes on with the last message as it stands, without the model's chat template."""
    response_format: str = ""
    """What an endpoint is asked to hold to, as the wire's JSON; models here write free text."""


class RunStatus(StrEnum):
    """State of an evaluation run."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Score(Value):
    """A measured rate or mean."""

    metric: str
    """For example `accuracy`, `exact_match`, `token_f1`."""
    value: float
    low: float | None = None
    """Lower end of the 95 % interval; None where the metric has none."""
    high: float | None = None
    n: int
    """Examples it rests on."""


SCORES: dict[str, str] = {
    "accuracy": "share of answers that give the expected label",
    "macro_f1": "F1 of each label, averaged so that rare labels count as much as frequent ones",
    "label_given": "share of answers that are one of the known labels, right or wrong",
    "exact_match": "share of answers equal to the expected one, case and outer marks aside",
    "token_f1": "overlap of the words of both answers, averaged over the examples",
    "rouge_l": "longest run of expected words in the right order, averaged over the examples",
    "bleu": "overlap of word sequences over all answers; papers print it times 100",
}
"""Every score by name, in words; all lie between 0 and 1 and higher is better."""


class ExampleResult(Value):
    """One answer, kept for reading side by side."""

    example_id: str
    output: str
    expected: str
    correct: bool
    """Right by the run's primary score: the expected label, or exact match without labels."""
    token_f1: float
    rouge_l: float
    predicted_label: str | None = None
    """The label recognised in the answer, for closed label sets."""
    seconds: float | None = None
    """Time this answer took in its batch; None when it came from the cache."""


class Confusion(Value):
    """How often each expected label was answered by each label."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    """Row: expected; column: predicted; the last column counts answers that are no label."""


class EvaluationRun(Value):
    """One model measured on one split of one dataset version."""

    id: str
    project_id: str
    dataset_version_id: str
    split: Split
    model_id: str
    """Base model or model version."""
    model_name: str
    decoding: Decoding
    status: RunStatus = RunStatus.QUEUED
    done: int = 0
    total: int = 0
    message: str = ""
    primary: Score | None = None
    """`accuracy` for closed label sets, `exact_match` otherwise."""
    scores: tuple[Score, ...] = ()
    confusion: Confusion | None = None
    prompt_tokens: int | None = None
    """Of all prompts, as the models counted them; None when one was not told."""
    output_tokens: int | None = None
    cost_per_1000: Decimal | None = None
    """USD for 1,000 such answers of a model that is paid by the token; None when not known."""
    cost_basis: str = ""
    """Price, date and source behind it, or why it is not known."""
    created_at: datetime
    finished_at: datetime | None = None


class ScoreDifference(Value):
    """How far a mean of per-example scores moved between two runs."""

    metric: str
    baseline: float
    candidate: float
    difference: float
    """Candidate minus baseline."""
    low: float
    """Lower end of the 95 % paired bootstrap interval for the difference."""
    high: float
    p_value: float
    """Sign-flip permutation, two-sided, adjusted by Holm for the number of scores compared."""


class Comparison(Value):
    """Two runs on the same examples with the same decoding."""

    baseline: EvaluationRun
    candidate: EvaluationRun
    n: int
    both_right: int
    only_candidate: int
    only_baseline: int
    both_wrong: int
    difference: float
    """Candidate minus baseline, share of examples right."""
    low: float
    """Lower end of Newcombe's 95 % interval for the difference."""
    high: float
    p_value: float
    """Exact McNemar, two-sided."""
    soft: tuple[ScoreDifference, ...] = ()
    """Scores between right and wrong; they describe, the primary score decides."""
    verdict: str
    """The conclusion in plain sentences, with a warning when examples are few."""


class SideBySide(Value):
    """One example with the answers of two runs."""

    example_id: str
    prompt: tuple[Message, ...]
    expected: str
    baseline: ExampleResult
    candidate: ExampleResult
