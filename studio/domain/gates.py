"""GateDecision: whether a candidate may go on, check by check, with every number it rests on."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from studio.domain.values import Value

Verdict = Literal["pass", "fail", "inconclusive", "skipped"]
"""An inconclusive check never passes; a skipped one does not apply, and says why."""


class GateConfig(Value):
    """What a candidate must prove. Every default is a judgement unless a source is named."""

    min_golden: int = Field(default=100, ge=1)
    """Reference questions; fewer and nothing can be proven."""
    min_holdout: int = Field(default=20, ge=1)
    """Held-out corrections."""
    max_loss: float = Field(default=0.03, gt=0, lt=1)
    """How far accuracy on the golden set may fall below champion and anchor, in the worst case."""
    significance: float = Field(default=0.05, gt=0, lt=0.5)
    """Of the sign test on held-out corrections, one-sided."""
    max_more_invalid: float = Field(default=0.01, ge=0, le=1)
    """How much more often answers may fail their form than the champion's, in the worst case."""
    max_latency_ratio: float | None = Field(default=1.25, gt=0)
    """95th percentile of the candidate over that of the champion; None: not checked."""
    max_cost_ratio: float | None = Field(default=1.10, gt=0)
    """Cost of an answer over that of the champion's; None: not checked."""
    max_slice_loss: float = Field(default=0.08, gt=0, lt=1)
    """How far a slice of at least 30 questions may fall, after Holm's correction."""


class GateCheck(Value):
    """One check with its numbers; a number that does not apply or is not known is None."""

    name: str
    """For example `no_regression_champion`, `fixes_corrections`, `latency_p95`."""
    kind: Literal["superiority", "non_inferiority", "guardrail", "min_n", "slice"]
    method: str
    """The statistics in words, for example `Newcombe, paired, 90 %`."""
    n: int | None = None
    n_discordant: int | None = None
    wins: int | None = None
    """Only the candidate right, or closer."""
    losses: int | None = None
    champion: float | None = None
    candidate: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    threshold: float | None = None
    verdict: Verdict
    blocking: bool = True
    sentence: str
    """For people, with the numbers."""


class GateDecision(Value):
    """All checks of one candidate, and what follows from them."""

    id: str
    cycle_id: str
    deployment_id: str
    candidate: str
    """Revision id."""
    champion: str
    anchor: str | None = None
    verdict: Literal["pass", "fail", "inconclusive"]
    checks: tuple[GateCheck, ...]
    config: GateConfig
    summary: str
    """Plain sentences, for example `Better on 29 of 40 held-out corrections (p = 0.003); …`."""
    created_at: datetime


class GateAnswer(Value):
    """What one revision answered to one question of a gate, kept as it came."""

    cycle_id: str
    revision_id: str
    suite: Literal["golden", "holdout", "safety"]
    example_id: str
    output: str
    expected: str
    value: float
    """Closeness to the expected answer, 0 to 1."""
    correct: bool
    valid: bool
    """Whether it has the form that was asked for."""
    seconds: float | None = None
    prompt_tokens: int | None = None
    output_tokens: int | None = None
