"""Rung: a way to make a model do the task; RungRun: what it was worth on the client's examples."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import Field

from studio.domain.charters import Metric
from studio.domain.datasets import Split
from studio.domain.evaluation import Decoding, RunStatus, Score
from studio.domain.retrieval import RetrievalMode, RetrievalScore
from studio.domain.values import Value

MIN_EXAMPLES = 20
"""Below this many measured examples nothing beyond prompting is advised.

OpenAI, optimising LLM accuracy: examine twenty and more failed cases before advanced methods.
"""


class Rung(StrEnum):
    """The ladder, lowest first; each rung costs more to build and to keep than the one below."""

    STAY = "stay"
    """Leave things as they are: no model, or the one in use today."""
    PROMPT = "prompt"
    FEW_SHOT = "few_shot"
    LONG_CONTEXT = "long_context"
    """All documents in the prompt: only where they are few."""
    RAG = "rag"
    FINE_TUNE = "fine_tune"
    RAG_FINE_TUNE = "rag_fine_tune"


class Suite(Value):
    """The evidence: which examples every rung of a project is measured on."""

    project_id: str
    version_id: str
    """Dataset version."""
    split: Split = Split.TEST
    limit: int | None = Field(default=None, ge=1)
    """Take only so many, chosen by the hash of their ids, the same ones every time."""


class RungSetup(Value):
    """One arm of the ladder, fully described; equal setups give equal answers."""

    rung: Rung
    model_id: str
    """A base model, a tuned model, or `endpoint:NAME/MODEL` of a registered endpoint."""
    system: str = ""
    """Instructions before every question; empty keeps those of the examples."""
    template: str = "{question}"
    """The user turn. Variables: {question}, and {passages} for the retrieval rungs."""
    shots: int = Field(default=0, ge=0, le=64)
    """Solved examples shown first, from the training split only."""
    shot_choice: Literal["fixed", "nearest"] = "fixed"
    """The same ones for every question, or those whose questions are most alike."""
    corpus_id: str | None = None
    passages: int = Field(default=4, ge=1, le=64)
    """Passages given with each question."""
    mode: RetrievalMode = RetrievalMode.HYBRID
    decoding: Decoding = Decoding()


class RungRun(Value):
    """A setup measured on the project's suite."""

    id: str
    project_id: str
    setup: RungSetup
    suite: Suite
    model_name: str
    metric: Metric
    status: RunStatus = RunStatus.QUEUED
    done: int = 0
    total: int = 0
    message: str = ""
    score: Score | None = None
    scores: tuple[Score, ...] = ()
    """Every other score that these answers have."""
    retrieval: RetrievalScore | None = None
    """How well passages were found, where the right ones are known."""
    latency_p50: float | None = None
    """Seconds for one answer asked alone, median over a few; None when not measured."""
    latency_p95: float | None = None
    latency_n: int = 0
    prompt_tokens: float | None = None
    """Mean tokens that go in for one answer."""
    output_tokens: float | None = None
    cost_per_1000: Decimal | None = None
    """USD for 1,000 answers; None when the price is not known."""
    cost_basis: str = ""
    """What that figure rests on: a price with its date, or a prior."""
    job_id: str | None = None
    """The fine-tune whose model answered."""
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None


class RungResult(Value):
    """One answer of a rung."""

    example_id: str
    question: str
    output: str
    expected: str
    value: float
    """Worth of this answer by the run's metric, 0 to 1."""
    correct: bool
    """Value 1 for metrics that are right or wrong; at least 0.5 for overlaps (a judgement)."""
    prompt_tokens: int | None = None
    """None when the server that answered did not tell."""
    output_tokens: int | None = None
    passages: tuple[str, ...] = ()
    """Ids of the chunks that were given, best first."""
    cited: tuple[str, ...] = ()
    """Those of them the answer cites."""
    gold_rank: int | None = None
    """Place of the first right passage among those found, from 1; None: not found or unknown."""


class FailureKind(StrEnum):
    """Why an answer is wrong; the share of each decides which rung can help."""

    CONTEXT = "context"
    """It did not know: facts were missing, stale or private."""
    BEHAVIOUR = "behaviour"
    """It knew, but did not do as asked: format, tone, steps, labels."""
    CAPABILITY = "capability"
    """It cannot: reasoning, code or breadth beyond this model."""
    FINE = "fine"
    """Not wrong after all: the expected answer or the metric is."""


class FailureLabel(Value):
    """What a person said about one wrong answer."""

    id: str
    project_id: str
    run_id: str
    example_id: str
    kind: FailureKind
    note: str = ""
    rater: str = ""
    created_at: datetime


class Failure(Value):
    """A wrong answer, and what a person said about it."""

    result: RungResult
    label: FailureLabel | None = None


class RungComparison(Value):
    """Two rungs on the same examples."""

    baseline_id: str
    candidate_id: str
    n: int
    difference: float
    """Candidate minus baseline, in the metric."""
    low: float
    """Lower end of the 95 % interval of the difference."""
    high: float
    p_value: float
    """Two-sided: exact McNemar for right or wrong, sign-flip permutation for overlaps."""
    p_holm: float
    """The same after Holm's correction for all comparisons of this ladder."""
    test: str
