from __future__ import annotations

from typing import Any

from studio.core.ladder.verdict import verdict
from studio.domain.advice import Facts, Verdict
from studio.domain.ladder import Rung, RungResult, RungRun
from tests.unit.core.ladder.runs import ladder, right, run

FACTS = Facts(metric_defined=True, eval_n=200, target_score=0.8, baseline_score=0.6)


def judged(*rungs: tuple[RungRun, list[RungResult]], **facts: Any) -> Verdict:
    runs, comparisons = ladder(*rungs)
    return verdict(FACTS.with_(**facts), runs, comparisons)


def test_another_target_would_change_the_verdict() -> None:
    said = judged(run(Rung.PROMPT, right(0.6)), run(Rung.RAG, right(0.88))).would_change
    assert said[:2] == (
        "A target above 82.8 %: that is what retrieval (RAG) surely reaches.",
        "A target of 60 % or less: prompting reaches it.",
    )


def test_more_examples_might_prove_a_lead() -> None:
    said = judged(run(Rung.PROMPT, right(0.5)), run(Rung.RAG, right(0.54, shift=30))).would_change
    assert any("would tell that from chance, there are 200" in line for line in said)


def test_facts_that_nobody_knows_are_named_with_their_rules() -> None:
    said = judged(run(Rung.PROMPT, right(0.5))).would_change
    assert "Knowing whether answers must cite their source: rule C4 may then apply." in said
    known = judged(run(Rung.PROMPT, right(0.5)), needs_citation=False).would_change
    assert not any("cite" in line for line in known)


def test_dearer_mistakes_would_change_a_verdict_to_stay() -> None:
    said = judged(run(Rung.PROMPT, right(0.5)), break_even_accuracy=0.8148)
    assert said.would_change[0].startswith("Right answers that are worth more")
    assert any("drafts" in step for step in said.next_steps)


def test_the_next_rung_to_measure_is_named_unless_something_stops_it() -> None:
    assert "Measure prompting with solved examples next." in (
        judged(run(Rung.PROMPT, right(0.5))).next_steps
    )
    few, two = run(Rung.PROMPT, right(0.5)), run(Rung.FEW_SHOT, right(0.5))
    assert "Measure retrieval (RAG) next." in judged(few, two).next_steps
    small = judged(few, two, pct_context=0.9, kb_tokens=9000).next_steps
    assert "Measure all documents in the prompt next." in small
    rag = run(Rung.RAG, right(0.5))
    assert not any("next." in step for step in judged(few, two, rag, n_labelled=3).next_steps)


def test_once_the_target_is_reached_nobody_is_told_to_label_failures() -> None:
    done = judged(run(Rung.PROMPT, right(0.9)), n_failures_labelled=3, n_labelled=900).next_steps
    assert done == ("Measure again when the model, the prompt or the requests change.",)
    short = judged(run(Rung.PROMPT, right(0.5)), n_failures_labelled=3).next_steps
    assert any("(rule D0)" in step for step in short)


def test_nobody_is_told_how_to_tune_what_may_not_be_tuned() -> None:
    short = (run(Rung.PROMPT, right(0.5)), run(Rung.FEW_SHOT, right(0.5)))
    steps = judged(*short, n_labelled=3).next_steps
    assert any("(rule F1)" in step for step in steps)
    assert not any("(rule M1)" in step for step in steps)
    enough = judged(*short, n_labelled=300).next_steps
    assert any("(rule M1)" in step for step in enough)


def test_after_a_pilot_without_gain_nobody_is_told_to_begin_with_it() -> None:
    short = (run(Rung.PROMPT, right(0.5)), run(Rung.FEW_SHOT, right(0.5)))
    steps = judged(*short, n_labelled=300, pilot_low=-0.02, n_unpaired=2000).next_steps
    assert any("(rule F4)" in step for step in steps)
    assert any("(rule M3)" in step for step in steps), "another method may still gain"
    assert not any(f"(rule {one})" in step for step in steps for one in ("M1", "M5"))


def test_a_slow_answer_is_a_step_to_take() -> None:
    made = run(Rung.PROMPT, right(0.9), latency_p95=4.25)
    said = judged(made, p95_ms=2000).next_steps
    assert any("4.2 seconds here, the limit is 2.0" in step for step in said)


def test_what_was_not_checked_is_said() -> None:
    tries = [run(Rung.PROMPT, right(0.9 - i / 20), id=f"try_{i}") for i in range(3)]
    said = judged(*tries).not_verified
    assert any("best of 3 setups" in line for line in said)
    bare = run(Rung.PROMPT, right(0.9), cost_per_1000=None, latency_p95=None)
    lines = " ".join(judged(bare).not_verified)
    assert "What an answer costs is not known." in lines
    assert "How long an answer takes was not measured." in lines
    overlap = run(Rung.PROMPT, [0.9] * 50, metric="token_f1")
    assert any("overlap" in line for line in judged(overlap).not_verified)
    known = judged(tries[0], label_owner=True, licence_ok=True).not_verified
    assert not any("licences" in line or "Nobody" in line for line in known)


def test_an_endpoint_is_questioned_where_data_may_not_leave() -> None:
    made = run(Rung.PROMPT, right(0.9), model="endpoint:lab/qwen")
    said = judged(made, residency="on_premises").not_verified
    assert any("client's own machines" in line for line in said)
    assert not any("endpoint" in line for line in judged(made).not_verified)
