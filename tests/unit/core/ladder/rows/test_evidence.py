from __future__ import annotations

import pytest

from studio.core.ladder.rows.evidence import ADVANCED, RULES
from studio.domain.advice import Facts
from studio.domain.ladder import Rung
from studio.domain.thresholds import Thresholds

BY_ID = {rule.id: rule for rule in RULES}


@pytest.mark.parametrize(
    "n, ids", [(0, ["B2"]), (19, ["B2"]), (20, ["W2"]), (199, ["W2"]), (200, [])]
)
def test_the_suites_size_is_judged_to_the_example(n: int, ids: list[str]) -> None:
    fired = [r.id for r in RULES if r.fired(Facts(eval_n=n, baseline_score=0.1), Thresholds())]
    assert fired == ids


def test_everything_beyond_prompting_is_advanced() -> None:
    assert set(ADVANCED) == set(Rung) - {Rung.STAY, Rung.PROMPT, Rung.FEW_SHOT}


def test_a_known_baseline_without_solved_examples_is_not_enough() -> None:
    rule = BY_ID["B3"].applies
    assert rule.holds(Facts(), Thresholds()) is True
    assert rule.holds(Facts(baseline_score=0.5, fewshot_tried=False), Thresholds()) is True
    assert rule.holds(Facts(baseline_score=0.5, fewshot_tried=True), Thresholds()) is False
    assert rule.holds(Facts(baseline_score=0.5), Thresholds()) is None


def test_the_warning_lists_the_published_widths() -> None:
    assert "17.5 at 20, 11.1 at 50, 7.8 at 100, 5.5 at 200, 3.9 at 400" in BY_ID["W2"].effect


def test_what_is_missing_is_counted() -> None:
    fired = BY_ID["B2"].fired(Facts(eval_n=12), Thresholds())
    assert fired is not None
    assert fired.here == "12 so far: 8 more are needed."
