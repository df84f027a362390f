from __future__ import annotations

from typing import Any

import pytest

from studio.core.ladder.rows.operation import RULES
from studio.domain.advice import Facts
from studio.domain.thresholds import Thresholds


@pytest.mark.parametrize(
    "facts, ids",
    [
        ({"residency": "on_premises"}, ["O1"]),
        ({"residency": "region"}, []),
        ({"pii_in_data": True, "export_allowed": False}, ["O1"]),
        ({"pii_in_data": True}, []),
        ({"horizon_end": "2027-01-15", "provider_shutdown_date": "2027-01-14"}, ["O2"]),
        ({"horizon_end": "2027-01-14", "provider_shutdown_date": "2027-01-14"}, []),
        ({"cheapest_prompted_passes": True}, ["O3"]),
        ({"utilisation": 0.099}, ["O4"]),
        ({"utilisation": 0.1}, []),
        ({"unseen_share": 0.2}, []),
        ({"unseen_share": 0.21}, ["O5"]),
        ({"best_low": 0.8147, "break_even_accuracy": 0.8148}, ["S1"]),
        ({"best_low": 0.8148, "break_even_accuracy": 0.8148}, []),
    ],
)
def test_a_rule_holds_exactly_from_its_threshold_on(facts: dict[str, Any], ids: list[str]) -> None:
    assert [r.id for r in RULES if r.fired(Facts(**facts), Thresholds())] == ids


@pytest.mark.parametrize(
    "facts, words",
    [
        ({"utilisation": 0.02}, "At 2 % each token costs 50 times as much."),
        ({"utilisation": 0.0}, ""),
        (
            {"best_low": 0.7612, "break_even_accuracy": 88 / 108},
            "Perhaps only 76.1 % right; below 81.48 % an unchecked answer loses money.",
        ),
    ],
)
def test_what_it_comes_to_is_said(facts: dict[str, Any], words: str) -> None:
    said = [fired.here for r in RULES if (fired := r.fired(Facts(**facts), Thresholds()))]
    assert said == [words]
