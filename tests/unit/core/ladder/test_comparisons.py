from __future__ import annotations

from decimal import Decimal

import pytest

from studio.core.evaluation.statistics import mcnemar_two_sided, newcombe_paired
from studio.core.ladder.comparisons import (
    DRAWS,
    EXACT,
    PERMUTATION,
    alike,
    best_runs,
    compare_rungs,
)
from studio.domain.evaluation import RunStatus
from studio.domain.ladder import Rung
from tests.unit.core.ladder.runs import SUITE, ladder, right, run


def test_right_or_wrong_is_tested_exactly() -> None:
    _, (test,) = ladder(run(Rung.PROMPT, right(0.5, 100)), run(Rung.RAG, right(0.8, 100, shift=5)))
    wins, losses = 35, 5
    expected = newcombe_paired(45, wins, losses, 15)
    assert (test.difference, test.low, test.high) == pytest.approx(expected)
    assert test.p_value == test.p_holm == mcnemar_two_sided(wins, losses)
    assert (test.n, test.test) == (100, EXACT)
    assert (test.baseline_id, test.candidate_id) == ("run_prompt", "run_rag")


def test_overlaps_are_tested_by_permutation_whose_p_stays_small_after_correction() -> None:
    values = [0.2, 0.3, 0.1, 0.4] * 30
    rungs = [
        run(rung, [v + 0.15 * step for v in values], metric="token_f1")
        for step, rung in enumerate((Rung.PROMPT, Rung.FEW_SHOT, Rung.RAG, Rung.FINE_TUNE))
    ]
    _, tests = ladder(*rungs)
    assert len(tests) == 6
    assert {test.test for test in tests} == {PERMUTATION}
    assert all(test.p_value == pytest.approx(1 / (DRAWS + 1)) for test in tests)
    assert all(test.p_holm < 0.01 for test in tests)
    first = tests[0]
    assert first.difference == pytest.approx(0.15)
    assert first.low == pytest.approx(first.high)


def test_each_rung_is_compared_with_every_one_below_and_corrected_together() -> None:
    rungs = (Rung.PROMPT, Rung.FEW_SHOT, Rung.RAG)
    _, tests = ladder(*(run(rung, right(0.5 + 0.1 * i)) for i, rung in enumerate(rungs)))
    pairs = [(test.baseline_id, test.candidate_id) for test in tests]
    assert pairs == [
        ("run_prompt", "run_few_shot"),
        ("run_prompt", "run_rag"),
        ("run_few_shot", "run_rag"),
    ]
    assert all(test.p_holm >= test.p_value for test in tests)


def test_every_setup_that_was_tried_counts_in_the_correction() -> None:
    once = [run(Rung.PROMPT, right(0.5)), run(Rung.RAG, right(0.56))]
    tries = [run(Rung.RAG, right(0.5, shift=i), id=f"try_{i}") for i in range(9)]
    _, (alone,) = ladder(*once)
    _, (among_ten,) = ladder(*once, *tries)
    assert among_ten.candidate_id == "run_rag"
    assert among_ten.p_value == alone.p_value
    assert among_ten.p_holm == pytest.approx(min(1.0, 10 * alone.p_value))


def test_the_best_run_of_a_rung_is_the_cheaper_then_the_older_of_equals() -> None:
    dear, _ = run(Rung.PROMPT, right(0.7), id="dear", cost_per_1000=Decimal(3))
    unpriced, _ = run(Rung.PROMPT, right(0.7), id="unpriced", cost_per_1000=None)
    cheap, _ = run(Rung.PROMPT, right(0.7), id="cheap", minutes=5)
    worse, _ = run(Rung.PROMPT, right(0.6), id="worse", cost_per_1000=Decimal(0))
    assert [made.id for made in best_runs([dear, unpriced, cheap, worse])] == ["cheap"]


def test_runs_measured_otherwise_than_the_newest_are_left_out() -> None:
    old, _ = run(Rung.PROMPT, right(0.9), id="old", suite=SUITE.with_(limit=50))
    other, _ = run(Rung.RAG, right(0.9), id="other", metric="exact_match")
    failed, _ = run(Rung.RAG, right(0.9), id="failed", status=RunStatus.FAILED)
    new, _ = run(Rung.PROMPT, right(0.5), id="new", minutes=9)
    assert [made.id for made in alike([old, other, failed, new])] == ["new"]
    assert alike([]) == best_runs([]) == []


def test_runs_without_the_same_answers_are_not_compared() -> None:
    (prompt, answers), (rag, others) = run(Rung.PROMPT, right(0.5)), run(Rung.RAG, right(0.9))
    assert compare_rungs([prompt, rag], {prompt.id: answers}) == ()
    assert compare_rungs([prompt, rag], {prompt.id: answers, rag.id: others[1:]}) == ()
