"""Thresholds: every number in the ladder's rules, sourced or marked as our judgement."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from studio.domain.ladder import MIN_EXAMPLES
from studio.domain.values import Value


class Thresholds(Value):
    """The numbers the rules compare with. Each is a setting; see `SOURCES` for where it is from."""

    min_examples: int = Field(default=MIN_EXAMPLES, ge=1)
    """Examples measured before anything beyond prompting is advised."""
    few_examples: int = Field(default=200, ge=1)
    """Examples below which an interval is too wide for small gains."""
    failures_to_label: int = Field(default=20, ge=1)
    """Failures labelled before their shares are believed."""
    dominant_share: float = Field(default=0.5, gt=0, le=1)
    """Share of failures from which one cause decides."""
    mixed_share: float = Field(default=0.3, gt=0, le=1)
    """Share of failures from which a cause counts beside another."""
    long_context_tokens: int = Field(default=200_000, ge=1)
    """Tokens of documents up to which all of them may stand in the prompt."""
    fast_change_days: float = Field(default=7, gt=0)
    """Days within which a fact that changes is too fresh to be trained."""
    api_minimum: int = Field(default=10, ge=1)
    """Examples below which fine-tuning is not even accepted."""
    effect_examples: int = Field(default=50, ge=1)
    """Examples from which an effect of fine-tuning can be seen."""
    pilot_examples: int = Field(default=100, ge=1)
    """Examples up to which a pilot is still small."""
    distil_low: int = Field(default=500, ge=1)
    """Fewest teacher answers worth distilling."""
    distil_high: int = Field(default=5000, ge=1)
    """Teacher answers after which more seldom pay."""
    pairs: int = Field(default=1000, ge=1)
    """Pairs of a better and a worse answer from which preference tuning works."""
    pairs_trial: int = Field(default=200, ge=1)
    """Pairs from which a trial of it is allowed, with a warning."""
    thumbs: int = Field(default=1000, ge=1)
    """Thumbs without a pair from which tuning on them works."""
    vram_share: float = Field(default=0.9, gt=0, le=1)
    """Share of a GPU's memory that a run may plan to use."""
    pretraining_tokens: int = Field(default=1_000_000_000, ge=1)
    """Tokens of domain text below which continued pre-training is not considered."""
    pretraining_budget: float = Field(default=100_000, gt=0)
    """Budget in USD below which it is not considered either."""
    idle_share: float = Field(default=0.1, gt=0, le=1)
    """Share of an own GPU's time below which it stands idle too much."""
    unseen_limit_share: float = Field(default=0.2, gt=0, le=1)
    """Share of live requests unlike any example from which a fallback is needed."""
    significance: float = Field(default=0.05, gt=0, lt=1)
    """Chance of calling a difference real that is none, after correction."""


_ACCURACY = "OpenAI, optimising LLM accuracy"
_TUNING = "OpenAI, supervised fine-tuning guide"

SOURCES: dict[str, str] = {
    "min_examples": _ACCURACY,
    "failures_to_label": _ACCURACY,
    "long_context_tokens": "Anthropic, contextual retrieval (2024)",
    "api_minimum": _TUNING,
    "effect_examples": _TUNING,
    "pilot_examples": _TUNING,
    "pairs": "arXiv 2404.14723",
}
"""Where a threshold comes from; one that is not listed is our judgement, stated by no source."""


class ThresholdEdit(Value):
    """A project's own number for a threshold that is our judgement."""

    project_id: str
    name: str
    """As `Thresholds` spells it."""
    value: float
    at: datetime


class Threshold(Value):
    """One number of the rules as a project has it, beside the default."""

    name: str
    meaning: str
    value: float
    default: float
    words: str
    """The value as people write it."""
    default_words: str
    share: bool
    """True when it is a share, shown in percent."""
    ours: bool
    """True when it is our judgement and may be changed; sourced ones stay as they are."""
    source: str
    rules: tuple[str, ...] = ()
    """Ids of the rules that compare with it."""

    @property
    def changed(self) -> bool:
        """True when the project has its own number."""
        return self.value != self.default
