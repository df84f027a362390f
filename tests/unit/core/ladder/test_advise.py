from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.ladder.advise import advise
from studio.core.ladder.rules import BY_ID, RULES
from studio.domain.advice import Facts, Outcome
from studio.domain.thresholds import Thresholds
from tests.unit.core.ladder.any_facts import ANY_FACTS

MAY_STOP = {
    "B1": {"long_context", "rag", "fine_tune", "rag_fine_tune"},
    "B2": {"long_context", "rag", "fine_tune", "rag_fine_tune"},
    "C3": {"fine-tuning for facts"},
    "F1": {"fine_tune", "rag_fine_tune"},
    "M7": {"pretraining"},
}


@given(ANY_FACTS)
@settings(max_examples=300, deadline=None)
def test_a_block_stops_what_it_names_and_nothing_else(facts: Facts) -> None:
    advice = advise(facts)
    fired = {item.rule.id for item in advice.fired}
    allowed = set().union(*(MAY_STOP.get(rule_id, set()) for rule_id in fired))
    if "O2" in fired:
        allowed.add(facts.provider or "the hosted backend")
    assert set(advice.blocked) == allowed
    assert "prompt" not in advice.blocked
    assert "few_shot" not in advice.blocked


@given(ANY_FACTS)
@settings(max_examples=300, deadline=None)
def test_what_is_fired_knew_its_facts(facts: Facts) -> None:
    for item in advise(facts).fired:
        rule = BY_ID[item.rule.id]
        assert rule.applies.holds(facts, Thresholds()) is True
        if rule.id != "B3":
            assert item.seen, "something known must have decided it"


@given(ANY_FACTS, st.sets(st.sampled_from(sorted(Facts.model_fields))))
@settings(max_examples=300, deadline=None)
def test_forgetting_facts_fires_nothing_new_but_the_first_step(
    facts: Facts, forgotten: set[str]
) -> None:
    before = {item.rule.id for item in advise(facts).fired}
    less = facts.with_(**dict.fromkeys(forgotten))
    after = {item.rule.id for item in advise(less).fired}
    # B3 asks what is not known; M7 stands until its exception is shown.
    assert after <= before | {"B3", "M7"}


@given(ANY_FACTS)
@settings(max_examples=200, deadline=None)
def test_an_open_rule_names_the_unknown_facts_that_decide_it(facts: Facts) -> None:
    advice = advise(facts)
    fired = {item.rule.id for item in advice.fired}
    assert not fired & set(advice.unknown)
    for rule_id, names in advice.unknown.items():
        assert names
        assert all(getattr(facts, name) is None for name in names)
        assert set(names) <= set(BY_ID[rule_id].applies.facts())


def test_nothing_known_leads_to_the_first_step_only() -> None:
    advice = advise(Facts())
    assert [item.rule.id for item in advice.fired] == ["B3"]
    assert set(advice.unknown) == {rule.id for rule in RULES} - {"B3"}


def test_the_first_block_decides_what_it_names() -> None:
    advice = advise(Facts(metric_defined=False, eval_n=5, n_labelled=3))
    assert advice.blocked["fine_tune"] == "B1"
    assert advice.has("F1")


def test_a_recommendation_for_what_is_stopped_is_shown_as_overruled() -> None:
    advice = advise(Facts(eval_n=5, needs_citation=True, pct_context=0.9, kb_tokens=10))
    overruled = {item.rule.id: item.overruled_by for item in advice.fired if item.overruled_by}
    assert overruled == {"C1": "B2", "C4": "B2"}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(eval_n=5, n_labelled=300), {"M1": "B2", "M5": "B2"}),
        (Facts(eval_n=50, n_labelled=4, n_unpaired=2000), {"M1": "F1", "M3": "F1"}),
        (Facts(eval_n=50, n_labelled=300), {}),
    ],
)
def test_ways_to_tune_are_overruled_where_no_rung_may_be_tuned(
    facts: Facts, expected: dict[str, str]
) -> None:
    fired = advise(facts).fired
    assert {item.rule.id: item.overruled_by for item in fired if item.overruled_by} == expected


def test_distilling_makes_the_examples_that_are_missing_but_no_evidence() -> None:
    facts = Facts(
        larger_passes=True, baseline_score=0.4, target_score=0.8, logs_exist=True, licence_ok=True
    )
    for changes, overruled in (({"n_labelled": 4}, ""), ({"eval_n": 5}, "B2")):
        (item,) = (i for i in advise(facts.with_(**changes)).fired if i.rule.id == "F8")
        assert item.overruled_by == overruled


def test_few_pairs_make_preference_tuning_a_warning() -> None:
    outcomes = [advise(Facts(n_pairs=n, sft_done=True)).fired[-1].rule.outcome for n in (300, 1000)]
    assert outcomes == [Outcome.WARN, Outcome.RECOMMEND]


def test_a_warning_on_few_examples_says_what_they_can_tell() -> None:
    said = {item.rule.id: item.here for item in advise(Facts(eval_n=50)).fired}
    assert "±11.1 points" in said["W2"]


def test_a_stopped_backend_is_called_by_its_name() -> None:
    facts = Facts(horizon_end="2027-11-24", provider_shutdown_date="2027-01-14", provider="openai")
    item = advise(facts).fired[-1]
    assert item.rule.names == ("openai",)
    assert "2027-01-14" in item.here


def test_data_that_may_not_leave_hides_hosted_backends() -> None:
    assert advise(Facts(residency="on_premises")).hidden == ("hosted",)
    assert advise(Facts(residency="region")).hidden == ()
