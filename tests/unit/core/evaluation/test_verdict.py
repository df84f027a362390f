from typing import Any

import pytest

from studio.core.evaluation.compare import compare, pair_results
from studio.core.evaluation.verdict import CAVEATS, VERDICTS, verdict
from studio.domain.evaluation import Comparison, EvaluationRun, Score
from tests.fakes.evaluations import make_results, make_run


def comparison(both: int, wins: int, losses: int, neither: int, **changes: Any) -> Comparison:
    baseline = "x" * both + "." * wins + "x" * losses + "." * neither
    candidate = "x" * both + "x" * wins + "." * losses + "." * neither
    pairs = pair_results(make_results(baseline), make_results(candidate, f1=changes.pop("f1", 0.0)))
    return compare(make_run("base", **changes), make_run("tuned", **changes), pairs)


@pytest.mark.parametrize(
    "cells, start",
    [
        ((100, 40, 5, 100), "Tuned is better than Base: right on 57% instead of 43% of 245"),
        ((100, 15, 5, 100), "Tuned is probably better than Base"),
        ((100, 5, 40, 100), "Tuned is worse than Base"),
        ((100, 5, 15, 100), "Tuned is probably worse than Base"),
        ((100, 10, 9, 100), "No evidence of a difference between Tuned (50% of 219"),
        ((100, 0, 0, 100), "Tuned and Base are right on the same 200 examples"),
        ((0, 0, 0, 0), "Tuned and Base are right on the same 0 examples"),
    ],
)
def test_the_verdict_follows_the_test(cells: tuple[int, int, int, int], start: str) -> None:
    assert comparison(*cells).verdict.startswith(start)


def test_a_sure_win_prints_no_p_of_zero() -> None:
    assert "(p < 0.001)" in comparison(20, 150, 2, 30).verdict


def test_few_disagreements_are_said_to_prove_nothing() -> None:
    said = comparison(100, 5, 0, 100).verdict
    assert said.startswith("No evidence")
    assert "disagree on only 5 examples, too few" in said
    assert "disagree on only 1 example, too few" in comparison(100, 1, 0, 100).verdict


def test_a_small_test_set_shows_how_wide_its_interval_is() -> None:
    said = comparison(36, 12, 2, 0).verdict
    assert "With only 50 examples the true difference may lie anywhere from +6 to +34" in said
    assert "With only" not in comparison(100, 40, 5, 100).verdict


def test_free_text_is_also_judged_by_its_words() -> None:
    primary = Score(metric="exact_match", value=0, n=120)
    said = comparison(0, 0, 0, 120, f1=0.4, primary=primary).verdict
    assert "word overlap (token F1) rose from 0.00 to 0.40 (p = 0.002)" in said
    unmoved = comparison(0, 0, 0, 120, primary=primary).verdict
    assert "moved from 0.00 to 0.00 (p = 1.000), which can be chance" in unmoved


def test_labelled_runs_are_judged_by_labels_alone() -> None:
    assert "word overlap" not in comparison(0, 0, 0, 120, f1=0.4).verdict


def test_a_model_that_seldom_gives_a_label_is_said_to() -> None:
    seen = comparison(100, 40, 5, 100)

    def naming(run: EvaluationRun, share: float) -> EvaluationRun:
        return run.with_(scores=(Score(metric="label_given", value=share, n=245),))

    told = seen.with_(baseline=naming(seen.baseline, 0.02), candidate=naming(seen.candidate, 0.98))
    assert "Base gives one of the known labels in only 2% of its answers" in verdict(told)
    assert "known labels" not in verdict(told.with_(baseline=naming(seen.baseline, 0.9)))
    assert "known labels" not in seen.verdict


def test_every_rule_has_its_reason_and_the_last_one_always_applies() -> None:
    assert all(rule.because for rule in (*VERDICTS, *CAVEATS))
    assert VERDICTS[-1].applies(comparison(1, 1, 1, 1))


def test_braces_in_a_model_name_do_no_harm() -> None:
    odd = comparison(100, 40, 5, 100)
    renamed = odd.with_(candidate=odd.candidate.with_(model_name="{n} bot"))
    assert verdict(renamed).startswith("{n} bot is better than Base")
