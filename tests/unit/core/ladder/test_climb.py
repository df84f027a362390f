from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.ladder.advise import advise
from studio.core.ladder.climb import Choice, Ladder, Reason, barred, choose, height
from studio.core.ladder.comparisons import best_runs
from studio.domain.advice import Facts
from studio.domain.ladder import Rung, RungResult, RungRun
from studio.domain.thresholds import Thresholds
from tests.unit.core.ladder.runs import ladder, right, run

DEFAULTS = Thresholds()
FACTS = Facts(metric_defined=True, eval_n=200, target_score=0.8)
Made = tuple[RungRun, list[RungResult]]


def climbed(facts: Facts, *rungs: Made) -> Choice:
    runs, comparisons = ladder(*rungs)
    advice = advise(facts)
    stopped = barred(facts, advice, DEFAULTS)
    able = [made for made in best_runs(runs) if made.setup.rung not in stopped]
    return choose(facts, advice, Ladder(able, comparisons, DEFAULTS), stopped)


def test_the_lowest_rung_that_surely_reaches_the_target_is_taken() -> None:
    choice = climbed(FACTS, run(Rung.PROMPT, right(0.88)), run(Rung.RAG, right(0.99)))
    assert (choice.rung, choice.reason, choice.confident) == (Rung.PROMPT, Reason.MET, True)


def test_a_higher_rung_needs_to_beat_the_best_one_below() -> None:
    rungs = run(Rung.PROMPT, right(0.6)), run(Rung.FEW_SHOT, right(0.86)), run(Rung.RAG, right(0.9))
    choice = climbed(FACTS.with_(target_score=0.88), *rungs)
    assert choice.rung is Rung.RAG
    few = [run(Rung.PROMPT, right(0.7, 20)), run(Rung.RAG, right(0.85, 20))]
    unsure = climbed(FACTS.with_(eval_n=20), *few)
    assert (unsure.rung, unsure.reason, unsure.confident) == (Rung.PROMPT, Reason.SHORT, False)


def test_a_sure_rung_that_beats_a_likely_one_is_taken() -> None:
    choice = climbed(FACTS, run(Rung.PROMPT, right(0.81)), run(Rung.RAG, right(0.93)))
    assert (choice.rung, choice.reason, choice.confident) == (Rung.RAG, Reason.MET, True)


def test_a_likely_rung_is_taken_where_nothing_is_sure() -> None:
    choice = climbed(FACTS, run(Rung.PROMPT, right(0.81)), run(Rung.RAG, right(0.82)))
    assert (choice.rung, choice.reason, choice.confident) == (Rung.PROMPT, Reason.NEAR, False)


def test_where_no_rung_reaches_the_target_the_lowest_unbeaten_one_is_taken() -> None:
    rungs = run(Rung.PROMPT, right(0.4)), run(Rung.RAG, right(0.6)), run(Rung.FINE_TUNE, right(0.6))
    choice = climbed(FACTS, *rungs)
    assert (choice.rung, choice.reason, choice.confident) == (Rung.RAG, Reason.SHORT, True)


def test_without_a_target_the_same_holds() -> None:
    choice = climbed(FACTS.with_(target_score=None), run(Rung.PROMPT, right(0.9)))
    assert (choice.rung, choice.reason) == (Rung.PROMPT, Reason.NO_TARGET)


def test_a_ladder_that_loses_money_is_not_climbed() -> None:
    facts = FACTS.with_(break_even_accuracy=0.8148)
    sure = climbed(facts, run(Rung.PROMPT, right(0.6)))
    assert (sure.rung, sure.reason, sure.confident) == (Rung.STAY, Reason.LOSES, True)
    unsure = climbed(facts.with_(target_score=0.95), run(Rung.PROMPT, right(0.83)))
    assert (unsure.rung, unsure.confident) == (Rung.STAY, False)


def test_what_is_in_use_today_stays_where_nothing_beats_it() -> None:
    choice = climbed(FACTS, run(Rung.STAY, right(0.7)), run(Rung.FINE_TUNE, right(0.71)))
    assert (choice.rung, choice.reason) == (Rung.STAY, Reason.SHORT)


def test_a_rung_with_nothing_cheaper_measured_below_is_not_sure() -> None:
    choice = climbed(FACTS, run(Rung.RAG, right(0.95)))
    assert (choice.rung, choice.reason, choice.confident) == (Rung.RAG, Reason.MET, False)


def test_too_little_evidence_stops_the_climb() -> None:
    rungs = run(Rung.PROMPT, right(0.5, 12)), run(Rung.FINE_TUNE, right(1.0, 12))
    choice = climbed(FACTS.with_(eval_n=12), *rungs)
    assert (choice.rung, choice.reason) == (Rung.PROMPT, Reason.EVIDENCE_FIRST)


def test_tuning_for_facts_is_stopped_where_facts_are_what_fails_and_only_there() -> None:
    fresh = FACTS.with_(fact_change_days=1)
    for changes, stops in (
        ({"pct_context": 0.7}, True),
        ({"fact_injection_wanted": True}, True),
        ({"pct_context": 0.1, "pct_behaviour": 0.9}, False),
        ({}, False),
    ):
        facts = fresh.with_(**changes)
        stopped = barred(facts, advise(facts), DEFAULTS)
        assert (Rung.FINE_TUNE in stopped) is stops
        assert Rung.RAG not in stopped
        assert Rung.RAG_FINE_TUNE not in stopped


def test_a_pilot_that_gained_nothing_stops_fine_tuning() -> None:
    facts = FACTS.with_(pilot_low=-0.01, pilot_high=0.05)
    assert barred(facts, advise(facts), DEFAULTS) == {Rung.FINE_TUNE: ("F4",)}


def test_where_sources_are_needed_a_prompt_alone_cannot_be_the_answer() -> None:
    facts = FACTS.with_(needs_citation=True)
    choice = climbed(facts, run(Rung.PROMPT, right(0.9)), run(Rung.RAG, right(0.9)))
    assert choice.rung is Rung.RAG


SHARES = st.lists(st.integers(0, 10), min_size=1, max_size=5)


@given(SHARES, st.floats(0.1, 0.95), st.sampled_from((None, 0.5, 0.8148)))
@settings(max_examples=60, deadline=None)
def test_a_rung_is_climbed_only_on_proof(
    tenths: list[int], target: float, even: float | None
) -> None:
    order = (Rung.PROMPT, Rung.FEW_SHOT, Rung.RAG, Rung.FINE_TUNE, Rung.RAG_FINE_TUNE)
    made = [run(rung, right(k / 10, 40)) for rung, k in zip(order, tenths, strict=False)]
    runs, comparisons = ladder(*made)
    facts = FACTS.with_(eval_n=40, target_score=target, break_even_accuracy=even)
    able = Ladder(best_runs(runs), comparisons, DEFAULTS)
    choice = choose(facts, advise(facts), able, {})
    if choice.run is None:
        assert choice.reason is Reason.LOSES
        return
    below = [other for other in able.runs if height(other) < height(choice.run)]
    # Every rung below is beaten by this one or by another above it.
    assert all(
        any(able.beats(upper, lower) for upper in able.runs if height(upper) > height(lower))
        for lower in below
    )
