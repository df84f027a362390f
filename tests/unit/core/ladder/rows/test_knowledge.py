from __future__ import annotations

from typing import Any

import pytest

from studio.core.ladder.rows.knowledge import RULES
from studio.domain.advice import Facts
from studio.domain.thresholds import Thresholds

LASTING = {"fact_change_days": 400, "retrain_cycle_days": 90}
BY_HEART = {"fact_injection_wanted": True, "retrieval_possible": False}


@pytest.mark.parametrize(
    "facts, ids",
    [
        ({"pct_context": 0.5, "kb_tokens": 199_999}, ["C1"]),
        ({"pct_context": 0.5, "kb_tokens": 200_000}, ["C2"]),
        ({"pct_context": 0.49, "kb_tokens": 10}, []),
        ({"fact_change_days": 7}, ["C3"]),
        ({"fact_change_days": 8}, []),
        ({"fact_change_days": 30, "retrain_cycle_days": 31}, ["C3"]),
        ({"fact_change_days": 30, "retrain_cycle_days": 30}, []),
        ({"needs_citation": True}, ["C4"]),
        ({**BY_HEART, **LASTING}, ["C5"]),
        ({**BY_HEART, "fact_change_days": 400}, []),
        ({**BY_HEART, "fact_change_days": 2}, ["C3"]),
    ],
)
def test_a_rule_holds_exactly_from_its_threshold_on(facts: dict[str, Any], ids: list[str]) -> None:
    assert [r.id for r in RULES if r.fired(Facts(**facts), Thresholds())] == ids
