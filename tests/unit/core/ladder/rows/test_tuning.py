from __future__ import annotations

from typing import Any

import pytest

from studio.core.ladder.rows.tuning import RULES
from studio.domain.advice import Facts
from studio.domain.thresholds import Thresholds

BEHAVIOUR = {"pct_behaviour": 0.5, "prompting_plateaued": True}
DISTIL = {
    "larger_passes": True,
    "baseline_score": 0.6,
    "target_score": 0.8,
    "logs_exist": True,
    "licence_ok": True,
}


@pytest.mark.parametrize(
    "facts, ids",
    [
        ({"n_labelled": 9}, ["F1"]),
        ({"n_labelled": 10}, ["F2"]),
        ({"n_labelled": 49}, ["F2"]),
        ({"n_labelled": 50}, []),
        ({"n_labelled": 50, **BEHAVIOUR}, ["F3"]),
        ({"n_labelled": 50, **BEHAVIOUR, "pct_behaviour": 0.49}, []),
        ({"pilot_low": 0.0, "pilot_high": 0.1}, ["F4"]),
        ({"pilot_low": -0.2, "pilot_high": -0.1}, ["F4"]),
        ({"pilot_low": 0.01, "pilot_score": 0.7, "target_score": 0.8}, ["F5"]),
        ({"pilot_low": 0.01, "pilot_score": 0.8, "target_score": 0.8}, []),
        ({"pilot_low": -0.01, "pilot_score": 0.7, "target_score": 0.8}, ["F4"]),
        ({"pct_context": 0.3, "pct_behaviour": 0.3}, ["F6"]),
        ({"pct_context": 0.29, "pct_behaviour": 0.3}, []),
        ({"pct_capability": 0.5}, ["F7"]),
        (DISTIL, ["F8"]),
        ({**DISTIL, "baseline_score": 0.8}, []),
        ({**DISTIL, "licence_ok": None}, []),
    ],
)
def test_a_rule_holds_exactly_from_its_threshold_on(facts: dict[str, Any], ids: list[str]) -> None:
    assert [r.id for r in RULES if r.fired(Facts(**facts), Thresholds())] == ids


@pytest.mark.parametrize(
    "n, words",
    [
        (7, "7 examples to train on: 3 more reach 10."),
        (27, "27 examples to train on: 23 more reach 50."),
    ],
)
def test_what_is_missing_is_counted(n: int, words: str) -> None:
    said = [fired.here for r in RULES if (fired := r.fired(Facts(n_labelled=n), Thresholds()))]
    assert said == [words]


def test_a_pilots_gain_is_said_with_its_interval() -> None:
    facts = Facts(pilot_low=0.04, pilot_high=0.14, pilot_score=0.69, target_score=0.8)
    said = [fired.here for r in RULES if (fired := r.fired(facts, Thresholds()))]
    assert said == [
        "The pilot's gain lies between +4.0 and +14.0 points. 11.0 points short of the target."
    ]
