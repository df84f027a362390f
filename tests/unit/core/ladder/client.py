"""Scenario: a client in a few sentences, with the facts and the advice that is expected."""

from __future__ import annotations

from typing import Any, NamedTuple

from studio.domain.ladder import Rung

P, FS, LC = Rung.PROMPT, Rung.FEW_SHOT, Rung.LONG_CONTEXT
RAG, FT, RFT = Rung.RAG, Rung.FINE_TUNE, Rung.RAG_FINE_TUNE
ADVANCED = {LC, RAG, FT, RFT}
TUNED = {FT, RFT}
BY_HEART = {"fine-tuning for facts"}


class Scenario(NamedTuple):
    """One client; nothing has been measured yet beyond what the facts say."""

    name: str
    story: str
    facts: dict[str, Any]
    fired: str
    """Ids of all rules that apply, in the order of the table."""
    recommended: Rung
    blocked: set[str] = set()
    """Everything that is stopped."""


READY: dict[str, Any] = {
    "metric_defined": True,
    "eval_n": 400,
    "baseline_score": 0.6,
    "target_score": 0.8,
    "fewshot_tried": True,
    "n_failures_labelled": 40,
}
"""A client who did the homework and is short of the target by prompting."""
