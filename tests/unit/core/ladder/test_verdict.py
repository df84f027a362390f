from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.ladder.verdict import verdict
from studio.domain.advice import Facts, Verdict
from studio.domain.ladder import Rung, RungResult, RungRun
from studio.domain.thresholds import Thresholds
from tests.unit.core.ladder.any_facts import ANY_FACTS
from tests.unit.core.ladder.runs import ladder, right, run

FACTS = Facts(metric_defined=True, eval_n=200, target_score=0.8, baseline_score=0.6)
Made = tuple[RungRun, list[RungResult]]


def judged(*rungs: Made, **facts: Any) -> Verdict:
    runs, comparisons = ladder(*rungs)
    return verdict(FACTS.with_(**facts), runs, comparisons)


def test_measurement_wins_over_the_rules() -> None:
    said = judged(
        run(Rung.PROMPT, right(0.9)), run(Rung.RAG, right(0.91)), pct_context=0.8, kb_tokens=10**6
    )
    assert said.recommended is Rung.PROMPT
    assert said.run_id == "run_prompt"
    assert said.measured
    assert said.confident
    assert any(item.rule.id == "C2" for item in said.fired)


def test_do_not_fine_tune_is_an_answer() -> None:
    said = judged(run(Rung.PROMPT, right(0.88)), run(Rung.FINE_TUNE, right(0.9)))
    assert said.headline == (
        "Do not fine-tune. Stay with prompting: 88 % of answers right on 200 examples; the target "
        "of 80 % is reached."
    )


def test_every_other_rung_is_rejected_with_a_reason() -> None:
    said = judged(run(Rung.PROMPT, right(0.5)), run(Rung.RAG, right(0.9)), n_labelled=4)
    assert [one.rung for one in said.rejected] == [r for r in Rung if r is not Rung.RAG]
    assert all(one.because.endswith(".") for one in said.rejected)
    stopped = {one.rung: one.rule_ids for one in said.rejected if one.rule_ids}
    assert stopped == {Rung.FINE_TUNE: ("F1",), Rung.RAG_FINE_TUNE: ("F1",)}


def test_a_blocked_rung_is_never_recommended_however_it_scores() -> None:
    said = judged(run(Rung.PROMPT, right(0.5)), run(Rung.FINE_TUNE, right(1.0)), n_labelled=4)
    assert said.recommended is Rung.PROMPT
    assert "100 % of answers right" in next(
        one.because for one in said.rejected if one.rung is Rung.FINE_TUNE
    )


def test_a_person_stays_in_the_loop_where_answers_may_lose_money() -> None:
    even = {"break_even_accuracy": 0.8148, "best_low": 0.78}
    said = judged(run(Rung.PROMPT, right(0.83)), **even)
    assert (said.recommended, said.human_in_the_loop) == (Rung.PROMPT, True)
    assert not judged(run(Rung.PROMPT, right(0.83))).human_in_the_loop
    safe = {"break_even_accuracy": 0.5, "best_low": 0.78}
    assert not judged(run(Rung.PROMPT, right(0.83)), **safe).human_in_the_loop


def test_staying_is_an_answer_that_can_be_printed() -> None:
    said = judged(run(Rung.PROMPT, right(0.5)), break_even_accuracy=0.8148, best_low=0.43)
    assert said.recommended is Rung.STAY
    assert said.headline.startswith("Do not fine-tune, and let no model answer unchecked.")
    assert said.measured
    assert said.human_in_the_loop


def test_a_provider_that_ends_cannot_carry_a_tuned_model() -> None:
    tuned = run(Rung.FINE_TUNE, right(0.95), model="endpoint:openai/ft:gpt")
    ending = {"provider": "openai", "provider_shutdown_date": "2027-01-14"}
    prompt = run(Rung.PROMPT, right(0.5), model="endpoint:openai/gpt")
    assert judged(prompt, tuned).recommended is Rung.FINE_TUNE
    said = judged(prompt, tuned, **ending, horizon_end="2027-11-24")
    assert said.recommended is Rung.PROMPT


def test_a_verdict_without_runs_says_that_it_is_a_prior() -> None:
    said = verdict(Facts())
    assert (said.recommended, said.measured, said.confident) == (Rung.PROMPT, False, False)
    assert said.headline.startswith("Begin with prompting, by the rules alone")
    assert said.not_verified[0] == "No rung was measured on this client's examples."


def test_a_verdict_carries_what_it_rests_on_and_repeats_exactly() -> None:
    runs, comparisons = ladder(run(Rung.PROMPT, right(0.5)), run(Rung.RAG, right(0.9)))
    said = verdict(FACTS, runs, comparisons)
    assert said == verdict(FACTS, runs, comparisons)
    assert said.facts == FACTS
    assert said.comparisons == comparisons


def test_a_stricter_test_is_a_setting() -> None:
    runs, comparisons = ladder(run(Rung.PROMPT, right(0.7)), run(Rung.RAG, right(0.74)))
    usual = verdict(FACTS, runs, comparisons)
    strict = verdict(FACTS, runs, comparisons, Thresholds(significance=0.001))
    assert (usual.recommended, strict.recommended) == (Rung.RAG, Rung.PROMPT)


def test_too_little_evidence_makes_any_run_a_prior() -> None:
    said = judged(run(Rung.PROMPT, right(0.5, 12)), eval_n=12)
    assert (said.recommended, said.measured, said.run_id) == (Rung.PROMPT, False, None)


LADDERS = [
    ladder(*(run(rung, right(share, 40)) for rung, share in rungs.items()))
    for rungs in (
        {},
        {Rung.PROMPT: 0.5},
        {Rung.FINE_TUNE: 1.0},
        {Rung.STAY: 0.6, Rung.PROMPT: 0.5, Rung.RAG: 0.9, Rung.FINE_TUNE: 0.4},
        {Rung.PROMPT: 0.5, Rung.FEW_SHOT: 0.6, Rung.RAG: 0.75, Rung.RAG_FINE_TUNE: 1.0},
    )
]


@given(ANY_FACTS, st.sampled_from(LADDERS))
@settings(max_examples=200, deadline=None)
def test_whatever_is_known_the_verdict_is_whole_and_obeys_the_blocks(
    facts: Facts, measured: tuple[list[RungRun], Any]
) -> None:
    said = verdict(facts, *measured)
    blocked = {
        name for item in said.fired if item.rule.outcome == "block" for name in item.rule.names
    }
    assert said.recommended not in blocked
    assert {one.rung for one in said.rejected} == set(Rung) - {said.recommended}
    assert said.headline.endswith(".")
    assert said.headline.count("None") == 0
    assert all(line.strip() for line in (*said.because, *said.next_steps, *said.would_change))
    assert not (said.confident and not said.measured)
