"""Values for the tests of the ladder's pages: one of each noun, changed by keyword."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from studio.domain.advice import (
    Basis,
    Facts,
    Fired,
    Outcome,
    Rejected,
    RuleText,
    Verdict,
)
from studio.domain.charters import Charter
from studio.domain.evaluation import RunStatus, Score
from studio.domain.ladder import (
    Rung,
    RungComparison,
    RungResult,
    RungRun,
    RungSetup,
    Suite,
)
from tests.fakes.page_values import START

SUITE = Suite(project_id="prj_1", version_id="dsv_1")


def charter(**changes: Any) -> Charter:
    """An empty first version."""
    values: dict[str, Any] = {
        "id": "chr_1",
        "project_id": "prj_1",
        "created_at": START,
        "changed_at": START,
    }
    return Charter(**{**values, **changes})


def rung_run(
    run_id: str, rung: Rung = Rung.PROMPT, value: float | None = 0.412, **changes: Any
) -> RungRun:
    """A run of a rung, finished when it has a value."""
    score = None
    if value is not None:
        low, high = max(0, value - 0.1), min(1, value + 0.1)
        score = Score(metric="accuracy", value=value, low=low, high=high, n=82)
    values: dict[str, Any] = {
        "id": run_id,
        "project_id": "prj_1",
        "setup": RungSetup(rung=rung, model_id="starter", system="Name the team."),
        "suite": SUITE,
        "model_name": "Maker/starter",
        "metric": "accuracy",
        "status": RunStatus.RUNNING if value is None else RunStatus.SUCCEEDED,
        "done": 30 if value is None else 82,
        "total": 82,
        "score": score,
        "latency_p50": None if value is None else 0.42,
        "latency_p95": None if value is None else 0.61,
        "latency_n": 5,
        "prompt_tokens": 61.0,
        "output_tokens": 3.0,
        "cost_per_1000": Decimal("0.012"),
        "cost_basis": "power of this machine, a prior",
        "created_at": START,
        "finished_at": None if value is None else START + timedelta(minutes=3),
    }
    return RungRun(**{**values, **changes})


def rung_result(number: int, *, correct: bool = False, **changes: Any) -> RungResult:
    """One answer."""
    values: dict[str, Any] = {
        "example_id": f"ex_{number}",
        "question": f"Letter {number}: where is my parcel?",
        "output": "delivery" if correct else f"I would be happy to help with letter {number}.",
        "expected": "delivery",
        "value": float(correct),
        "correct": correct,
    }
    return RungResult(**{**values, **changes})


def rule(rule_id: str = "B3", outcome: Outcome = Outcome.RECOMMEND, **changes: Any) -> RuleText:
    """A rule as people read it."""
    values: dict[str, Any] = {
        "id": rule_id,
        "condition": "few-shot was not tried",
        "outcome": outcome,
        "effect": "Try solved examples in the prompt first.",
        "names": (Rung.FEW_SHOT,),
        "because": "It is the cheapest step, and often enough.",
        "source": "OpenAI, optimising LLM accuracy",
        "basis": Basis.SECONDARY,
        "needs": ("fewshot_tried",),
    }
    return RuleText(**{**values, **changes})


def fired(rule_id: str = "B3", outcome: Outcome = Outcome.RECOMMEND, **changes: Any) -> Fired:
    """A rule that applies."""
    return Fired(rule=rule(rule_id, outcome, **changes), seen={"fewshot_tried": False})


def verdict(**changes: Any) -> Verdict:
    """A verdict for the prompt, by rules alone."""
    values: dict[str, Any] = {
        "recommended": Rung.PROMPT,
        "headline": "Stay with a good prompt for now.",
        "because": ("Few-shot has not been tried yet.",),
        "measured": False,
        "confident": False,
        "next_steps": ("Measure the few-shot rung.",),
        "fired": (fired(),),
        "rejected": (Rejected(rung=Rung.FINE_TUNE, because="Cheaper rungs come first."),),
        "would_change": ("A target that few-shot does not reach.",),
        "not_verified": ("Cost of answers on the client's own machines.",),
        "facts": Facts(),
    }
    return Verdict(**{**values, **changes})


def comparison(**changes: Any) -> RungComparison:
    """Few-shot against prompt, sure of itself."""
    values: dict[str, Any] = {
        "baseline_id": "rr_1",
        "candidate_id": "rr_2",
        "n": 82,
        "difference": 0.2,
        "low": 0.09,
        "high": 0.31,
        "p_value": 0.0004,
        "p_holm": 0.0008,
        "test": "exact McNemar, two-sided",
    }
    return RungComparison(**{**values, **changes})
