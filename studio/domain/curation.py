"""Curated: the data that a cycle learns from and is judged by; Waiting: what the next would."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from studio.domain.datasets import Message
from studio.domain.values import Value

Part = Literal["train", "holdout"]
"""Learnt from, or never learnt from and asked about instead."""


Shape = Literal["sft", "dpo", "openai-dpo", "kto"]
"""What rows are written for: answers to learn, pairs as trl or as OpenAI reads them, or single
answers that were liked or not."""


class Rated(NamedTuple):
    """An answer and the latest thumb of everybody who gave one."""

    inference_id: str
    messages: tuple[Message, ...]
    output: str
    ups: int
    downs: int
    session: str = ""


class Preferred(NamedTuple):
    """Two answers to the same question, and which one a person took."""

    id: str
    messages: tuple[Message, ...]
    a: str
    b: str
    winner: Literal["a", "b", "tie", "both_bad"]


class RefusedCorrection(Value):
    """An approved correction that was left out, and why."""

    feedback_id: str
    reason: str
    excerpt: str = ""
    """Beginning of question and answer, so that it can be found again."""


class Curated(Value):
    """What was gathered for one cycle; gathered once and never changed."""

    cycle_id: str
    dataset_version_id: str | None = None
    """What is trained on; None when there is nothing that may be learnt."""
    holdout_version_id: str | None = None
    """Corrections that no cycle ever trains on; None when there are none yet."""
    n_corrections: int = 0
    """Training rows that come from corrections."""
    n_holdout: int = 0
    n_replay: int = 0
    """Training rows of the original data."""
    n_validation: int = 0
    report: tuple[str, ...] = ()
    """What was noticed, in sentences for people; none of it forbids to train."""
    issues: tuple[str, ...] = ()
    """What forbids to train; empty when nothing does."""
    refused: tuple[RefusedCorrection, ...] = ()

    @property
    def sentence(self) -> str:
        """Returns the numbers for people."""
        return (
            f"Learns from {self.n_corrections:,} corrections and {self.n_replay:,} original rows;"
            f" {self.n_holdout:,} corrections are held out to judge it."
        )


class Waiting(Value):
    """Approved corrections that no cycle has learnt from yet."""

    groups: int = 0
    """Different questions."""
    raters: dict[str, int] = {}
    """How many each person gave."""
    newest: datetime | None = None
    held_out: int = 0
    """All approved corrections that are never trained on, whenever they came, by question."""


class Exported(Value):
    """What was written to a file of feedback, and what was not."""

    shape: Shape
    part: Part
    rows: int
    liked: int | None = None
    """Rows whose answer is wanted; None where rows have no such mark."""
    report: tuple[str, ...] = ()
    """What was left out and why, and what to set in training, in sentences for people."""
