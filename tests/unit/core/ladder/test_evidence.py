from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from studio.core.ladder.evidence import (
    best,
    cheapest_prompted,
    counted,
    gain,
    of_labels,
    of_runs,
    plateaued,
)
from studio.domain.charters import Charter
from studio.domain.evaluation import RunStatus, Score
from studio.domain.ladder import (
    FailureKind,
    FailureLabel,
    Rung,
    RungResult,
    RungRun,
    RungSetup,
    Suite,
)
from studio.domain.values import new_id, now

START = now()
SUITE = Suite(project_id="p", version_id="v")
CHARTER = Charter(id="c", project_id="p", target=0.8, created_at=START, changed_at=START)


def run(id: str, rung: Rung, value: float, minute: int = 0, **changes: Any) -> RungRun:
    return RungRun(
        id=id,
        project_id="p",
        setup=RungSetup(rung=rung, model_id=changes.pop("model_id", "small")),
        suite=SUITE,
        model_name="Small",
        metric="exact_match",
        status=RunStatus.SUCCEEDED,
        score=Score(metric="exact_match", value=value, low=value - 0.1, high=value + 0.1, n=20),
        created_at=START + timedelta(minutes=minute),
    ).with_(**changes)


def results(right: str) -> list[RungResult]:
    return [
        RungResult(
            example_id=f"ex_{n}",
            question="",
            output="",
            expected="",
            value=float(mark == "x"),
            correct=mark == "x",
        )
        for n, mark in enumerate(right)
    ]


def label(kind: FailureKind, example: str) -> FailureLabel:
    return FailureLabel(
        id=new_id("label"),
        project_id="p",
        run_id="r",
        example_id=example,
        kind=kind,
        created_at=now(),
    )


def test_runs_on_another_suite_or_by_another_metric_do_not_count() -> None:
    mine = run("a", Rung.PROMPT, 0.5, 2)
    others = [
        run("b", Rung.PROMPT, 0.9, 1, suite=SUITE.with_(limit=5)),
        run("c", Rung.PROMPT, 0.9, 1, metric="token_f1"),
        run("d", Rung.PROMPT, 0.9, 3, status=RunStatus.FAILED),
    ]
    assert counted([mine, *others], SUITE) == [mine]
    assert counted([], SUITE) == []


def test_the_best_run_is_the_earlier_of_equals() -> None:
    first, second = run("a", Rung.PROMPT, 0.5, 1), run("b", Rung.FEW_SHOT, 0.5, 2)
    assert best([second, first]) == first
    assert best([second, first], Rung.FEW_SHOT) == second
    assert best([first], Rung.RAG) is None


def test_the_cheapest_prompted_model_is_found_by_known_prices_only() -> None:
    dear = run("a", Rung.PROMPT, 0.9, cost_per_1000=Decimal(2))
    cheap = run("b", Rung.PROMPT, 0.4, cost_per_1000=Decimal(1), model_id="cheap")
    better = run("c", Rung.FEW_SHOT, 0.6, cost_per_1000=Decimal("1.5"), model_id="cheap")
    assert cheapest_prompted([dear, cheap, better]) == better
    assert cheapest_prompted([run("d", Rung.PROMPT, 0.9)]) is None


def test_a_gain_is_paired_by_example() -> None:
    found = gain(results("xxx."), results("x..."))
    assert found is not None
    assert found.value == 0.5
    assert found.low <= 0.5 <= found.high
    assert gain(results(""), results("x")) is None


def test_prompting_has_plateaued_when_the_last_change_gained_less_than_its_uncertainty() -> None:
    first, second = run("a", Rung.PROMPT, 0.5, 1), run("b", Rung.FEW_SHOT, 0.55, 2)
    kept = {"a": results("x.x.x.x." * 3), "b": results("x.x.x.xx" + "x.x.x.x." * 2)}
    assert plateaued([first, second], kept) is True
    kept["b"] = results("x" * 24)
    assert plateaued([first, second], kept) is False
    assert plateaued([first], kept) is None
    assert plateaued([], kept) is None


def test_measured_rungs_give_baseline_pilot_and_the_cheapest_models_fitness() -> None:
    runs = [
        run("a", Rung.PROMPT, 0.5, 1, prompt_tokens=41.6, output_tokens=3.2),
        run("b", Rung.FINE_TUNE, 0.9, 2),
    ]
    facts = of_runs(runs, {"a": results("x." * 10), "b": results("x" * 20)}, CHARTER)
    assert (facts["baseline_score"], facts["baseline_low"]) == (0.5, 0.4)
    assert (facts["tok_in"], facts["tok_out"]) == (42, 3)
    assert (facts["pilot_score"], facts["pilot_gain"]) == (0.9, 0.5)
    assert facts["pilot_low"] > 0
    assert facts["best_low"] == pytest.approx(0.8)
    assert facts["fewshot_tried"] is False
    assert "cheapest_prompted_passes" not in facts


@pytest.mark.parametrize(
    ("value", "limit", "p95", "passes"),
    [
        (0.9, None, None, True),
        (0.7, None, None, False),
        (0.9, 500, 0.4, True),
        (0.9, 500, 0.6, False),
        (0.9, 500, None, None),
    ],
)
def test_the_cheapest_model_passes_with_target_and_latency(
    value: float, limit: int | None, p95: float | None, passes: bool | None
) -> None:
    one = run("a", Rung.PROMPT, value, cost_per_1000=Decimal(1), latency_p95=p95)
    facts = of_runs([one], {"a": results("x")}, CHARTER.with_(p95_ms=limit))
    assert facts["cheapest_prompted_passes"] is passes
    assert (
        of_runs([one], {"a": results("x")}, CHARTER.with_(target=None))["cheapest_prompted_passes"]
        is None
    )


def test_nothing_measured_is_nothing_known() -> None:
    facts = of_runs([], {}, CHARTER)
    assert {value for value in facts.values()} == {None}


def test_labels_give_shares_of_failures() -> None:
    kinds = [FailureKind.CONTEXT] * 3 + [FailureKind.BEHAVIOUR, FailureKind.FINE]
    facts = of_labels([label(kind, f"ex_{n}") for n, kind in enumerate(kinds)])
    assert facts == {
        "n_failures_labelled": 4,
        "pct_context": 0.75,
        "pct_behaviour": 0.25,
        "pct_capability": 0.0,
    }
    assert of_labels([])["pct_context"] is None
